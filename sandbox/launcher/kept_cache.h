/* sandbox/launcher/kept_cache.h: the caches of --cache (cache_store.h), in the course of a run.
 *
 * Runs in  the launcher, as the user that the sandbox runs as.
 * A cache  is nobody's result: one that cannot be used, or not be kept, is a warning and stands in
 *          the report, and the run ends as its build did.
 */
#ifndef SANDBOX_LAUNCHER_KEPT_CACHE_H
#define SANDBOX_LAUNCHER_KEPT_CACHE_H

#include "sandbox/keeper/keeper.h"
#include "sandbox/launcher/reporter.h"
#include "sandbox/store/cache_store.h"

struct kept_caches {
	struct cache_store stores[ROOT_CACHES_MOST];
	int merged_fds[ROOT_CACHES_MOST], upper_fds[ROOT_CACHES_MOST]; /* -1: did not come */
	size_t n;
};

void kept_cache_begin(struct kept_caches *caches);
/* Find the newest generation of each for the plan, and hold it. */
void kept_cache_take(const struct config *config, struct plan *plan, struct kept_caches *caches,
	const struct reporter *reporter);
/* The keeper has laid one. */
int kept_cache_pass(
	struct kept_caches *caches, size_t number, struct packet_fds *fds, struct failure *f);

struct kept_cache_terms {
	const struct config *config;
	const struct plan *plan;
	const struct cache_news *news; /* of the keeper; NULL: there never was one */
	int user_fd, signals_fd;
	bool dead; /* the last process of the sandbox is known to be */
};
/* What a build that was well has left becomes the next generation; the outcome says what did. */
void kept_cache_keep(struct kept_caches *caches, const struct kept_cache_terms *terms,
	const struct reporter *reporter);
/* Let go of them; then what is of no more use goes, and what is too much. */
void kept_cache_end(const struct config *config, const struct plan *plan,
	struct kept_caches *caches, const struct reporter *reporter);

#endif
