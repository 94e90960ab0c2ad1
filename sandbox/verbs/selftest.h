/* sandbox/verbs/selftest.h: the verb `selftest`: each wall attacked, in real sandboxes.
 *
 * Returns  0 if every attempt was held by a wall that the run says is there, 1 if one was not;
 *          -1 if it could not be tried.
 */
#ifndef SANDBOX_VERBS_SELFTEST_H
#define SANDBOX_VERBS_SELFTEST_H

#include "sandbox/verbs/verb.h"

int verb_selftest(const struct verb_call *call, struct failure *f);

#endif
