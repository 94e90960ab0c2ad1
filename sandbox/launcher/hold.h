/* sandbox/launcher/hold.h: the sandbox of a build that has failed is kept for a while.
 *
 * Begins   when the builder has ended by itself and not well (--keep-on-failure, --on-failure
 *          shell, which does in a child what `shell --attach` does). What ended it
 *          from outside, a limit or the user, leaves nothing to keep.
 * Holds    every process that it left, its files, its walls; its limits and its time count on.
 * Ends     after its time, with the time limit, with any other limit that is met, and with a
 *          signal to us. How the build ended stays what the run says.
 */
#ifndef SANDBOX_LAUNCHER_HOLD_H
#define SANDBOX_LAUNCHER_HOLD_H

#include "sandbox/launcher/watch.h"

/* The builder has ended, and the plan holds what it left: keep it, or let go of it. */
void hold_begin(struct watch *w);
/* The person has left the shell of --on-failure. */
void hold_shell_ended(struct watch *w);
/* The run is over, and who is still in that shell hears of it. */
void hold_end(struct watch *w);

#endif
