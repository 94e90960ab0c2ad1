/* sandbox/launcher/pasta.h: --net full, as the launcher has it: which pasta(1), and what stays out of
 * reach.
 *
 * The process that serves is started by sandbox/launcher/egress.c once the sandbox has a network, and
 * is described in sandbox/egress/warden.h.
 */
#ifndef SANDBOX_LAUNCHER_PASTA_H
#define SANDBOX_LAUNCHER_PASTA_H

#include "sandbox/plan/plan.h"

/* The program, O_PATH: from where distributions put it and from no PATH. */
int pasta_find(int *ret_fd, struct failure *f);
/* The host's own addresses, which the builder is not to reach. */
int pasta_plan(struct net_plan *ret, struct failure *f);

#endif
