/* sandbox/launcher/kept_source.h: the mirror of a source (cache_store.h), in the course of a run.
 *
 * Runs in  the launcher, as the user that the sandbox runs as.
 * A mirror is nobody's result: without one the server is asked for all of it, which stands in the
 *          report, and the run goes on as ever.
 * Kept     is what the fetcher left when it had found all that was wanted, and nothing of a run that
 *          is untrusted. A process of its own copies it while the build runs, which never sees it;
 *          it gets its name when the run ends, however that ends.
 */
#ifndef SANDBOX_LAUNCHER_KEPT_SOURCE_H
#define SANDBOX_LAUNCHER_KEPT_SOURCE_H

#include "sandbox/artifact/cache_merge.h"
#include "sandbox/fetch/record.h"
#include "sandbox/launcher/reporter.h"
#include "sandbox/plan/plan.h"
#include "sandbox/store/cache_store.h"

struct kept_source {
	struct cache_store store;
	struct cache_merge_job job;
	struct cache_merge merge;
	bool under_way;
};

void kept_source_begin(struct kept_source *source);
/* Find the newest generation for the plan, and hold it. */
void kept_source_take(const struct config *config, struct plan *plan, struct kept_source *source,
	const struct reporter *reporter);

struct kept_source_news {
	const struct fetch_mirror *mirror; /* as the fetcher told it; NULL: it did not */
	int mirror_fd;                     /* what it left; -1: nothing */
	int user_fd, signals_fd;
};
/* The fetcher has ended, and was well. */
void kept_source_start(const struct config *config, const struct plan *plan,
	struct kept_source *source, const struct kept_source_news *news,
	const struct reporter *reporter);
/* Wait for what is under way; the outcome says what came of it. */
void kept_source_finish(struct kept_source *source, const struct reporter *reporter);
/* Let go of it; then what is of no more use goes, and what is too much. */
void kept_source_end(const struct config *config, const struct plan *plan,
	struct kept_source *source, const struct reporter *reporter);

#endif
