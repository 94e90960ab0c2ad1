#include "sandbox/launcher/kept_cache.h"

#include "sandbox/artifact/cache_merge.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/plan/cache_plan.h"
#include "sandbox/store/root_store.h"

#include <inttypes.h>
#include <string.h>

_Static_assert(CACHELOG_ROWS == ROOT_CACHES_MOST, "each has a row");

void kept_cache_begin(struct kept_caches *caches)
{
	*caches = (struct kept_caches){ .n = 0 };
	for (size_t i = 0; i < ROOT_CACHES_MOST; i++) {
		caches->stores[i] = (struct cache_store)CACHE_STORE_NONE;
		caches->merged_fds[i] = caches->upper_fds[i] = -1;
	}
}

static void warn(const struct reporter *reporter, const struct cache_row *row, const char *what)
{
	char text[320];

	snprintf(text, sizeof(text), "the cache %s %s%s%s", row->name, what,
		row->detail[0] != '\0' ? ": " : "", row->detail);
	progress_warn(reporter->progress, "%s", text);
	announce_warning(reporter->events, text);
}

/* ---- before the run ---- */

static void describe(const struct root_cache *cache, const struct cache_store *store,
	const struct reporter *reporter)
{
	struct cachelog *log = &reporter->outcome->caches;
	struct cache_row *row = &log->rows[log->n++];

	*row = (struct cache_row){ .writes = cache->writes,
		.state = store->usable ? CACHE_READ : CACHE_UNAVAILABLE,
		.generation = store->record.generation,
		.damaged = store->damaged };
	memcpy(row->name, cache->name, sizeof(row->name));
	snprintf(row->place, sizeof(row->place), "/%s", cache->destination);
	snprintf(row->detail, sizeof(row->detail), "%s", store->why);
	if (!store->usable)
		warn(reporter, row, "cannot be used");
	else if (store->damaged)
		warn(reporter, row, "was not as it was kept, and was put away");
}

void kept_cache_take(const struct config *config, struct plan *plan, struct kept_caches *caches,
	const struct reporter *reporter)
{
	const struct cache_scope scope = cache_plan_scope(config, plan);
	char ids[ROOT_IDS_BYTES], key[CACHE_KEY_BYTES];

	if (plan->root.caches_n == 0)
		return;
	root_store_ids(&plan->user, ids);
	cache_key_scope(&scope, reporter->outcome->caches.scope);
	for (; caches->n < plan->root.caches_n; caches->n++) {
		struct root_cache *cache = &plan->root.caches[caches->n];
		struct cache_store *store = &caches->stores[caches->n];

		cache_key(&scope, cache->name, ids, key);
		cache_store_take(&cache_store_kind, key, cache->name, store);
		describe(cache, store, reporter);
		cache->tree = store->tree; /* the plan's from here on */
		store->tree = (struct host_path){ .fd = -1 };
	}
}

int kept_cache_pass(
	struct kept_caches *caches, size_t number, struct packet_fds *fds, struct failure *f)
{
	if (number >= caches->n || fds->at[0] < 0 || caches->merged_fds[number] >= 0)
		return fail(f, 0, "a cache was handed over that is none");
	caches->merged_fds[number] = own_fd_give(&fds->at[0]);
	caches->upper_fds[number] = own_fd_give(&fds->at[1]);
	return 0;
}

/* ---- after it ---- */

/* NULL: it is to be kept. */
static const char *why_not(
	const struct kept_cache_terms *terms, const struct outcome *o, bool handed_over)
{
	if (terms->config->untrusted)
		return "the run is untrusted (--untrusted)";
	if (o->failed || o->cause != CAUSE_EXITED || o->exit_code != 0)
		return "the build was not well";
	if (!terms->dead || terms->user_fd < 0 || !handed_over)
		return "the sandbox is not known to be dead";
	return NULL;
}

static void remedy(const struct failure *f, const struct config *config, struct cache_row *row)
{
	char text[FAILURE_TEXT];

	if (f->errnum == EFBIG)
		snprintf(row->detail, sizeof(row->detail),
			"%.80s (--cache-size %" PRIu64 ", or what the disk has free)", f->what,
			config->cache_size_bytes);
	else
		snprintf(row->detail, sizeof(row->detail), "%.*s", (int)sizeof(row->detail) - 1,
			failure_text(f, text));
}

static void keep(struct kept_caches *caches, size_t number, const struct kept_cache_terms *terms,
	const struct reporter *reporter)
{
	struct cache_row *row = &reporter->outcome->caches.rows[number];
	struct cache_merge_job job = { .store = &caches->stores[number],
		.user = &terms->plan->user,
		.merged_fd = caches->merged_fds[number],
		.upper_fd = caches->upper_fds[number],
		.older_fd = -1,
		.user_fd = terms->user_fd,
		.signals_fd = terms->signals_fd,
		.most_bytes = terms->config->cache_size_bytes };
	struct failure f = { 0 };

	if (cache_merge(&job, &f) < 0) {
		row->state = CACHE_NOT_KEPT;
		remedy(&f, terms->config, row);
		warn(reporter, row, "stays as it was");
		return;
	}
	row->state = job.unchanged ? CACHE_UNCHANGED : CACHE_KEPT;
	row->kept = job.record.generation;
	row->bytes = job.record.bytes;
	row->files = job.record.files;
	row->left_out = job.left_out;
}

/* What the keeper found out. */
static void hear(
	struct cache_row *row, const struct cache_news *news, const struct reporter *reporter)
{
	row->copied = news->copied;
	if (news->copied)
		progress_detail(reporter->progress, "the cache %s was copied: no overlay: %.*s",
			row->name, (int)sizeof(news->why) - 1, news->why);
	if (!news->unusable)
		return;
	row->state = CACHE_UNAVAILABLE;
	row->generation = 0;
	snprintf(row->detail, sizeof(row->detail), "%.*s", (int)sizeof(news->why) - 1, news->why);
	warn(reporter, row, "cannot be used");
}

void kept_cache_keep(struct kept_caches *caches, const struct kept_cache_terms *terms,
	const struct reporter *reporter)
{
	struct outcome *o = reporter->outcome;

	for (size_t i = 0; i < caches->n; i++) {
		struct cache_row *row = &o->caches.rows[i];
		const char *why;

		if (terms->news != NULL)
			hear(row, &terms->news[i], reporter);
		if (!row->writes || row->state == CACHE_UNAVAILABLE)
			continue;
		why = why_not(terms, o, caches->merged_fds[i] >= 0);
		if (why == NULL) {
			keep(caches, i, terms, reporter);
			continue;
		}
		row->state = CACHE_NOT_KEPT;
		snprintf(row->detail, sizeof(row->detail), "%s", why);
	}
}

void kept_cache_end(const struct config *config, const struct plan *plan,
	struct kept_caches *caches, const struct reporter *reporter)
{
	const struct store_clear_terms terms = { &plan->user, config->store_size_bytes, false, NULL,
		NULL };
	struct failure f = { 0 };
	bool wrote = false;

	for (size_t i = 0; i < caches->n; i++) {
		cache_store_release(&caches->stores[i]);
		own_fd_end(&caches->merged_fds[i]);
		own_fd_end(&caches->upper_fds[i]);
		wrote = wrote || reporter->outcome->caches.rows[i].writes;
	}
	/* Also of one that came to nothing something may lie there. */
	if (wrote && store_clear(&cache_store_kind, &terms, &f) < 0)
		progress_detail(reporter->progress, "the store of caches: %s", f.what);
	caches->n = 0;
}
