/* sandbox/verbs/version.h: the verb `version`: which cofferdam this is. */
#ifndef SANDBOX_VERBS_VERSION_H
#define SANDBOX_VERBS_VERSION_H

#include "sandbox/verbs/verb.h"

int verb_version(const struct verb_call *call, struct failure *f);

#endif
