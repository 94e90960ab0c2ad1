/* sandbox/verbs/help.h: `help [VERB]` and --help: the usage, from the rows of the options. */
#ifndef SANDBOX_VERBS_HELP_H
#define SANDBOX_VERBS_HELP_H

#include "sandbox/verbs/verb.h"

int verb_help(const struct verb_call *call, struct failure *f);

#endif
