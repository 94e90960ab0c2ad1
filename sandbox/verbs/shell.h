/* sandbox/verbs/shell.h: the verb `shell`: a run whose command is a shell, or with --attach a
 * shell or command in a run that is there already.
 *
 * Returns  the exit code of the run, or of the command in it.
 */
#ifndef SANDBOX_VERBS_SHELL_H
#define SANDBOX_VERBS_SHELL_H

#include "sandbox/verbs/verb.h"

int verb_shell(const struct verb_call *call, struct failure *f);

#endif
