/* sandbox/verbs/explain.h: the plan that `run` would carry out, and carrying out none of it.
 *
 * Runs in  the launcher, after root was given up. Prints the same tables that the code
 *          walks: steps, mounts, limits, filter.
 */
#ifndef SANDBOX_VERBS_EXPLAIN_H
#define SANDBOX_VERBS_EXPLAIN_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdio.h>

/* The order of every role's steps, with the reason of each. */
void explain_steps(FILE *out);

/* The verb: text, or with --json one object "cofferdam.explain/1". */
int explain_run(const struct config *config, FILE *out, struct failure *f);

#endif
