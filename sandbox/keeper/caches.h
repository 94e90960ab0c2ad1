/* sandbox/keeper/caches.h: the run's caches, laid and handed over (root_cache.h).
 *
 * Where no overlay can be, or the sandbox has other ids than a cache's files are for, the keeper's
 * page says so.
 */
#ifndef SANDBOX_KEEPER_CACHES_H
#define SANDBOX_KEEPER_CACHES_H

#include "sandbox/keeper/inside.h"

/* While the host's paths are in sight. */
int caches_lay(struct keeper *k, struct failure *f);
/* To the launcher, which has no other way to them when all is dead. */
int caches_hand_over(struct keeper *k, struct failure *f);

#endif
