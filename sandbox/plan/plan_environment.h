/* sandbox/plan/plan_environment.h: the builder's environment: fixed words, Docker's, the user's.
 *
 * Nothing of ours crosses but TERM, and only where the builder gets a terminal.
 */
#ifndef SANDBOX_PLAN_PLAN_ENVIRONMENT_H
#define SANDBOX_PLAN_PLAN_ENVIRONMENT_H

#include "sandbox/plan/plan.h"

/* envp and classic_words, of a plan whose terminal is decided. */
int plan_environment(const struct config *config, struct plan *plan, struct failure *f);

#endif
