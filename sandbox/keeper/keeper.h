/* sandbox/keeper/keeper.h: PID 1 of the sandbox.
 *
 * Called   the keeper because it keeps the sandbox: when it ends, all of it does. (isolate has
 *          the word for its outside process; what is outside here is the launcher.)
 * Started  by the launcher, by clone3, with all capabilities in a user namespace that
 *          has no maps yet, and the launcher's descriptors, which it closes first.
 * Does     its steps in order (keeper.c has the table), then waits: for the launcher's
 *          messages and for children. Never returns into the launcher's code.
 * Ends     when the builder has ended and everything else in the namespace with it, or
 *          at once when the launcher is gone.
 */
#ifndef SANDBOX_KEEPER_KEEPER_H
#define SANDBOX_KEEPER_KEEPER_H

#include "sandbox/base/step.h"
#include "sandbox/base/walls.h"
#include "sandbox/keeper/message.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/plan/plan.h"
#include "seccomp/refused_call.h"

/* The descriptors that cross the clone. */
struct keeper_ends {
	int socket;   /* messages */
	int records;  /* the fetcher's end */
	int stdio[3]; /* the builder's; -1 where the terminal goes */
	int door;     /* the porter's; -1 where nobody is let in */
};

/* What became of an image that the store was to give, or to keep. */
struct image_news {
	bool used;     /* the root is the store's */
	char why[160]; /* it is not */
};

/* What became of a cache. */
struct cache_news {
	bool copied;   /* for want of an overlay: see why */
	bool unusable; /* why says why */
	char why[120];
};

/* What keeper and builder write and the launcher reads, shared over the clone. */
struct keeper_page {
	struct wall_report walls[WALL_COUNT]; /* whole with BUILT */
	struct refused_calls refused;         /* when the sandbox is dead */
	uint64_t unheard;                     /* the same: asked of nobody, without a network */
	struct image_news image;              /* whole with READY */
	struct cache_news caches[ROOT_CACHES_MOST]; /* the same */
};

/* Does not return. */
void keeper_main(const struct plan *plan, const struct keeper_ends *ends,
	const struct cgroup *cgroup, struct keeper_page *page) __attribute__((noreturn));

extern const struct steps keeper_steps;

#endif
