/* sandbox/launcher/build_order.h: the order to build, as the repository may have tightened it.
 *
 * Once     the fetcher has ended, and before the keeper is told: the config is tightened, the
 *          control group limited again, and the outcome says what holds from now on.
 */
#ifndef SANDBOX_LAUNCHER_BUILD_ORDER_H
#define SANDBOX_LAUNCHER_BUILD_ORDER_H

#include "sandbox/keeper/message.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/plan/plan.h"
#include "sandbox/report/outcome.h"

/* What the order is made of. */
struct build_terms {
	struct config *config;
	const struct plan *plan;
	struct cgroup *cgroup;
	struct outcome *outcome;
	const struct repo_request *request; /* NULL: the repository asks for nothing */
};

/* Fails if the repository asks for more than it may, or nobody names a command. */
int build_order_make(const struct build_terms *terms, struct message *ret, struct failure *f);

#endif
