/* sandbox/base/disposition.h: what signals do to us, as a program finds it that nobody prepared.
 *
 * Why not sigaction(3): libc refuses it for the two signals that it keeps for itself (32 and 33),
 *          and its posix_spawn(3) leaves just these ignored in whatever it starts, make(1)'s
 *          commands among them. What is ignored goes through execve(2).
 * Source   rt_sigaction(2), signal(7).
 */
#ifndef SANDBOX_BASE_DISPOSITION_H
#define SANDBOX_BASE_DISPOSITION_H

#include "sandbox/base/failure.h"

/* Each signal has its default action, and none is blocked. */
int disposition_reset(struct failure *f);

#endif
