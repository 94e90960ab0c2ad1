/* sandbox/verbs/sh.h: the verb `sh`: what a runner, make or sbatch calls as its shell.
 *
 * Does     what `run` does, over a copy of the current directory or of --workspace, with a shell
 *          as the command. Quiet, unless it is told otherwise: stderr is the shell's.
 * Returns  the exit code of the run, as `run` does; what ended by a signal ends us by the same one,
 *          as a shell's caller expects that.
 */
#ifndef SANDBOX_VERBS_SH_H
#define SANDBOX_VERBS_SH_H

#include "sandbox/verbs/verb.h"

int verb_sh(const struct verb_call *call, struct failure *f);

#endif
