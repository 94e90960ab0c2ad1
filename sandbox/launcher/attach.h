/* sandbox/launcher/attach.h: enter a sandbox that runs, from outside.
 *
 * Runs in  a process of its own, as the user of the run; what it knows is the run's id.
 * Enters   nothing itself: a process that is inside already (keeper/porter.h) starts the command,
 *          and here are the user's streams, as the launcher has them for a builder.
 * Ends     with the command, with the run, or with a signal to us, which hangs the command up.
 */
#ifndef SANDBOX_LAUNCHER_ATTACH_H
#define SANDBOX_LAUNCHER_ATTACH_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

/* config->attach and config->command. The command's exit code, as a shell has it; or -1, and
 * *ret_exit_code says which code fits the failure. */
int attach_run(const struct config *config, int *ret_exit_code, struct failure *f);

#endif
