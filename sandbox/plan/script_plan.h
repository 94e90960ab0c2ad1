/* sandbox/plan/script_plan.h: the script of `cofferdam sh`, read while the host is still there.
 *
 * Runs in  the launcher, as the user that the sandbox runs as.
 * Leaves   a sealed copy in the plan, which becomes /run/script: what is changed in the file
 *          afterwards is not run, and it may be a FIFO.
 * Fails    with the exit code that a shell has: 127 if it is not there, 126 if it cannot be read.
 */
#ifndef SANDBOX_PLAN_SCRIPT_PLAN_H
#define SANDBOX_PLAN_SCRIPT_PLAN_H

#include "sandbox/plan/plan.h"

#define SCRIPT_BYTES (1024 * 1024) /* of the 4 MiB that the root has for itself */

int script_plan_make(const struct config *config, struct plan *plan, struct failure *f);

#endif
