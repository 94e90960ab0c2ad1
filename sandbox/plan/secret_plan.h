/* sandbox/plan/secret_plan.h: the secrets of a run, each in a sealed memory file.
 *
 * Variables  are taken before anything else is done or started, by secret_plan_environment(), and
 *            overwritten where they stood: no process that comes of us has them in its memory,
 *            and nobody reads them in /proc.
 * Files      are read by secret_plan_make(), as the user that the sandbox runs as.
 * Nowhere    else is any of it: a memory file is mapped by nobody.
 */
#ifndef SANDBOX_PLAN_SECRET_PLAN_H
#define SANDBOX_PLAN_SECRET_PLAN_H

#include "namespaces/root.h"
#include "sandbox/config/config.h"

/* The words of config that name a variable name a descriptor from here on ("NAME=fd:N"). */
int secret_plan_environment(struct config *config, struct failure *f);
/* Fills the plan's secrets; what is there at a failure is for secret_plan_release(). */
int secret_plan_make(const struct config *config, struct root_plan *plan, struct failure *f);
/* After the clone, which has its own descriptors; the names stay. */
void secret_plan_forget(struct root_plan *plan);
void secret_plan_release(struct root_plan *plan);

#endif
