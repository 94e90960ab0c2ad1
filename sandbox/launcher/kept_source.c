#include "sandbox/launcher/kept_source.h"

#include "sandbox/base/own.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/source_key.h"
#include "sandbox/plan/plan_fetch.h"

#include <fcntl.h>
#include <string.h>

#define NAME       "source" /* in its record; the key says which */
/* A copy has no deltas: of each commit all files that it changes are there whole, so that a long
 * history takes hundreds of times the room that the server's pack of it does. */
#define DEPTH_MOST 50

void kept_source_begin(struct kept_source *source)
{
	*source = (struct kept_source){ .store = CACHE_STORE_NONE, .merge = CACHE_MERGE_NONE };
	source->job.merged_fd = source->job.upper_fd = source->job.older_fd = -1;
}

static void say(struct sourcelog *log, enum source_state state, const char *detail)
{
	log->state = state;
	snprintf(log->detail, sizeof(log->detail), "%.*s", (int)sizeof(log->detail) - 1, detail);
}

static void warn(const struct reporter *reporter, const char *what, const char *detail)
{
	char text[320];

	snprintf(text, sizeof(text), "the kept source %s%s%s", what, detail[0] != '\0' ? ": " : "",
		detail);
	progress_warn(reporter->progress, "%s", text);
	announce_warning(reporter->events, text);
}

/* ---- before the run ---- */

/* Nobody finds it any more, and what is made now is the first. */
static void drop(struct kept_source *source, struct sourcelog *log, const struct reporter *reporter)
{
	struct failure f = { 0 };

	log->damaged = true;
	if (cache_store_put_away(&source->store, &f) < 0)
		progress_detail(reporter->progress, "%s", f.what);
	source->store.record.generation = 0;
}

static int take(const struct config *config, struct plan *plan, struct kept_source *source,
	struct failure *f)
{
	char key[CACHE_KEY_BYTES];

	if (source_key(config, plan, key, f) < 0)
		return -1;
	cache_store_take(&source_store_kind, key, NAME, &source->store);
	if (!source->store.usable)
		return fail(f, 0, "%s", source->store.why);
	if (source->store.entry_fd >= 0) {
		source->job.older_fd = openat(source->store.entry_fd, STORE_TREE "/objects",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		source->store.damaged |= source->job.older_fd < 0;
	}
	return plan_fetch_mirror(plan, &source->store.tree, f);
}

void kept_source_take(const struct config *config, struct plan *plan, struct kept_source *source,
	const struct reporter *reporter)
{
	struct sourcelog *log = &reporter->outcome->source_cache;
	struct failure f = { 0 };
	char text[FAILURE_TEXT];

	if (plan->source.kind == SOURCE_NONE || plan->source.kind == SOURCE_LOCAL)
		return;
	if (config->cache_source == CACHE_SOURCE_OFF || config->store_size_bytes == 0) {
		say(log, SOURCE_OFF,
			config->store_size_bytes == 0 ? "--store-size is 0" : "--cache-source off");
		return;
	}
	if (config->tags || config->depth == 0 || config->depth > DEPTH_MOST) {
		say(log, SOURCE_OFF, "more than 50 commits, or --tags: as the server packs them");
		return;
	}
	if (take(config, plan, source, &f) < 0) {
		say(log, SOURCE_UNAVAILABLE, failure_text(&f, text));
		progress_detail(reporter->progress, "the source is not kept: %s", log->detail);
		return;
	}
	say(log, SOURCE_READ, "");
	log->damaged = source->store.damaged;
	if (source->job.older_fd < 0 && source->store.entry_fd >= 0)
		drop(source, log, reporter);
	log->generation = source->store.record.generation;
	if (log->damaged)
		warn(reporter, "was not as it was kept, and was put away", "");
}

/* ---- when it is fetched ---- */

static void judge(const struct fetch_mirror *told, struct kept_source *source,
	const struct reporter *reporter)
{
	struct sourcelog *log = &reporter->outcome->source_cache;

	log->contact = told->contact == FETCH_CONTACT_NONE     ? SOURCE_UNASKED
		       : told->contact == FETCH_CONTACT_LISTED ? SOURCE_LISTED
							       : SOURCE_FETCHED;
	log->received_bytes = told->bytes;
	if (told->damaged == 0 || log->generation == 0)
		return;
	warn(reporter, "was not as it was kept, and was put away", "");
	drop(source, log, reporter);
}

static const char *why_not(const struct config *config, const struct kept_source_news *news)
{
	if (config->untrusted)
		return "the run is untrusted (--untrusted)";
	return news->mirror_fd < 0 || news->user_fd < 0 ? "the fetcher left nothing" : NULL;
}

void kept_source_start(const struct config *config, const struct plan *plan,
	struct kept_source *source, const struct kept_source_news *news,
	const struct reporter *reporter)
{
	struct sourcelog *log = &reporter->outcome->source_cache;
	struct failure f = { 0 };
	char text[FAILURE_TEXT];
	const char *why;

	if (log->state != SOURCE_READ || news->mirror == NULL)
		return;
	judge(news->mirror, source, reporter);
	if (news->mirror->whole == 0)
		return;
	why = why_not(config, news);
	if (why != NULL) {
		say(log, SOURCE_NOT_KEPT, why);
		return;
	}
	if (news->mirror->beside == 0)
		own_fd_end(&source->job.older_fd);
	source->job.store = &source->store;
	source->job.user = &plan->user;
	source->job.merged_fd = news->mirror_fd;
	source->job.user_fd = news->user_fd;
	source->job.signals_fd = news->signals_fd;
	/* What is larger than the store would go as soon as it is there. */
	source->job.most_bytes = config->cache_size_bytes < config->store_size_bytes
					 ? config->cache_size_bytes
					 : config->store_size_bytes;
	source->under_way = cache_merge_start(&source->job, &source->merge, &f) == 0;
	source->job.merged_fd = -1; /* the caller's, and the merger's */
	if (!source->under_way)
		say(log, SOURCE_NOT_KEPT, failure_text(&f, text));
}

/* ---- after it ---- */

void kept_source_finish(struct kept_source *source, const struct reporter *reporter)
{
	struct sourcelog *log = &reporter->outcome->source_cache;
	struct failure f = { 0 };
	char text[FAILURE_TEXT];

	if (!source->under_way)
		return;
	if (cache_merge_finish(&source->job, &source->merge, &f) == 0) {
		say(log, SOURCE_KEPT, "");
		log->kept = source->job.record.generation;
		log->bytes = source->job.record.bytes;
		return;
	}
	say(log, SOURCE_NOT_KEPT, failure_text(&f, text));
	if (f.errnum == EFBIG)
		snprintf(log->detail, sizeof(log->detail),
			"%.80s (--cache-size, --store-size, or what the disk has free)", f.what);
	warn(reporter, "stays as it was", log->detail);
}

void kept_source_end(const struct config *config, const struct plan *plan,
	struct kept_source *source, const struct reporter *reporter)
{
	const struct store_clear_terms terms = { &plan->user, config->store_size_bytes, false, NULL,
		NULL };
	bool wrote = source->under_way || reporter->outcome->source_cache.damaged;
	struct failure f = { 0 };

	cache_merge_release(&source->merge);
	cache_store_release(&source->store);
	own_fd_end(&source->job.older_fd);
	source->under_way = false;
	/* Also of one that came to nothing something may lie there. */
	if (wrote && store_clear(&source_store_kind, &terms, &f) < 0)
		progress_detail(reporter->progress, "the store of sources: %s", f.what);
}
