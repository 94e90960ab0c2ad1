/* sandbox/plan/plan_fetch.h: the fetcher's part of the plan: its source, what it gets of the host,
 * its argv.
 *
 * What is named is opened here and now, as the user that the sandbox runs as; the fetcher gets
 * what was opened, not a path.
 */
#ifndef SANDBOX_PLAN_PLAN_FETCH_H
#define SANDBOX_PLAN_PLAN_FETCH_H

#include "sandbox/plan/plan.h"

int plan_fetch(const struct config *config, const struct identity *identity, struct plan *plan,
	struct failure *f);

/* What it fetches may be kept. kept: what there is of that, taken over; without a path: nothing. */
int plan_fetch_mirror(struct plan *plan, struct host_path *kept, struct failure *f);

#endif
