/* sandbox/keeper/witness.h: PID 1 hears of each call that the builder's filter refuses with EPERM.
 *
 * The filter asks k->refusals_fd in the place of saying EPERM itself. All that is ever answered is
 * EPERM: a constant, and no way is written here to let a call go on (SECCOMP_USER_NOTIF_FLAG_
 * CONTINUE), to hand over a descriptor, or to look at an argument. When we are gone the kernel
 * answers ENOSYS.
 */
#ifndef SANDBOX_KEEPER_WITNESS_H
#define SANDBOX_KEEPER_WITNESS_H

#include "sandbox/keeper/inside.h"

/* After poll(2) of k->refusals_fd: one call is counted and refused, or the end of all callers is
 * seen and the descriptor closed. */
void witness_take(struct keeper *k, short events);

#endif
