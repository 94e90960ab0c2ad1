/* sandbox/keeper/keeper_watch.h: PID 1's loop, while the builder runs.
 *
 * Waits    for children, all of whom it reaps, and for the launcher's signals, which it
 *          delivers to the command, its job, or everybody.
 */
#ifndef SANDBOX_KEEPER_KEEPER_WATCH_H
#define SANDBOX_KEEPER_KEEPER_WATCH_H

#include "sandbox/keeper/inside.h"

/* Until the builder has ended, and the launcher has been told how; with plan->hold until that lets
 * go of what is left. On failure *ret_exit_code is set where it is not the usual one:
 * KEEPER_TIME_IS_OVER, when the launcher did not end in time what it had to. */
int keeper_watch(struct keeper *k, int *ret_exit_code, struct failure *f);

#endif
