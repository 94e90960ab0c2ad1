/* sandbox/companion/companion_within.h: a companion in a user namespace that is there already.
 *
 * Runs in  a clone of the launcher. setns(2) into a user namespace gives all power in it, and
 *          cannot be taken back, so that it is not for the launcher itself. The companion is
 *          process 1 of a PID namespace: whatever it starts ends with it. Its parent
 *          is the process that has joined, which only waits, and dies with the launcher.
 */
#ifndef SANDBOX_COMPANION_COMPANION_WITHIN_H
#define SANDBOX_COMPANION_COMPANION_WITHIN_H

#include "sandbox/base/failure.h"

#include <stdint.h>
#include <sys/types.h>

/* 0 in the companion; its pid in the process that has joined; -1. namespaces: CLONE_NEW*, of which
 * CLONE_NEWPID is one. */
pid_t companion_within_clone(const char *name, uint64_t namespaces, int user_fd, struct failure *f);
/* In the companion, before it executes: the program begins with every capability of the namespace,
 * whichever id it has there. */
int companion_within_keep_power(struct failure *f);
/* In the one that joined: until the companion has ended. */
void companion_within_wait(pid_t pid) __attribute__((noreturn));

#endif
