/* sandbox/verbs/explain.h: the verb `explain`: the plan that `run` would carry out.
 *
 * Runs in  the launcher, after root was given up. Prints the same tables that the code
 *          walks: steps, mounts, limits, filter.
 */
#ifndef SANDBOX_VERBS_EXPLAIN_H
#define SANDBOX_VERBS_EXPLAIN_H

#include "sandbox/verbs/verb.h"

/* The order of every role's steps, with the reason of each. */
void explain_steps(FILE *out);

/* Text, or with --json one object "cofferdam.explain/1". */
int verb_explain(const struct verb_call *call, struct failure *f);

#endif
