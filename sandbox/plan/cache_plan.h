/* sandbox/plan/cache_plan.h: what --cache names, decided.
 *
 * Runs in  the launcher. Nothing is opened: which generation is read is found out when nothing can
 *          be refused any more (launcher/kept_cache.h).
 * Needs    the plan's source, and its binds, in which no cache may lie.
 */
#ifndef SANDBOX_PLAN_CACHE_PLAN_H
#define SANDBOX_PLAN_CACHE_PLAN_H

#include "sandbox/plan/plan.h"
#include "sandbox/store/cache_key.h"

/* Nothing without --cache. What is there at a failure is for cache_plan_release(). */
int cache_plan_make(const struct config *config, struct plan *plan, struct failure *f);
void cache_plan_release(struct root_plan *plan);

/* Who trusts whom: the user's word, or where the source is: a URL without its ref, or a directory
 * as it is called without links. It borrows of both. */
struct cache_scope cache_plan_scope(const struct config *config, const struct plan *plan);

#endif
