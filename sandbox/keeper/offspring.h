/* sandbox/keeper/offspring.h: the keeper's two children, from outside of them.
 *
 * Between  the keeper and a child stands a socket until the child has become its program:
 *          child_message (child.h) if it could not, end of file if it has.
 * Ends     with the launcher, whatever is waited for.
 */
#ifndef SANDBOX_KEEPER_OFFSPRING_H
#define SANDBOX_KEEPER_OFFSPRING_H

#include "sandbox/keeper/inside.h"

/* Start a child; *ret_fd is our end of its socket. */
int offspring_start(struct keeper *k, const char *what, uint64_t flags,
	void (*child_main)(struct keeper *), int *ret_fd, pid_t *ret_pid, struct failure *f);
/* Wait until it has become its program. If it could not: its failure, and the exit code. */
int offspring_become(struct keeper *k, int fd, int *ret_exit_code, struct failure *f);
/* Wait until it has ended. */
int offspring_wait(struct keeper *k, pid_t pid, int *ret_status, struct failure *f);

/* Kill all that is left in the namespace, and wait for it. */
void offspring_kill(void);

#endif
