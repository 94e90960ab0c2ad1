/* sandbox/companion/companion.h: a confined process beside a sandbox, from a clone of the launcher
 * to its own program: the broker of Docker (sandbox/broker), the gateway of the network
 * (sandbox/egress), the reader of an image (sandbox/unpack).
 *
 * Runs in  the launcher before root is given up, and gc. The child does its steps in order
 *          (companion.c has the table) and executes the program, which confines itself before
 *          it says that it is ready: an own root with next to nothing, no capability,
 *          Landlock, seccomp.
 * Leaves   a process that dies with us, in namespaces of its own, root inside and the user
 *          that the sandbox runs as outside, with the descriptors below alone.
 */
#ifndef SANDBOX_COMPANION_COMPANION_H
#define SANDBOX_COMPANION_COMPANION_H

#include "sandbox/base/step.h"
#include "sandbox/privilege/identity.h"

#include <stdint.h>
#include <sys/resource.h>

#define COMPANION_CONTROL_FD 3 /* messages, a SOCK_SEQPACKET socket */
#define COMPANION_POLICY_FD  4 /* what it may do, sealed */
#define COMPANION_EXTRA_FD                                                                         \
	5 /* what its kind needs besides, the broker where it counts; or absent */

struct companion_kind {
	const char *name;    /* "the broker" */
	const char *program; /* "cofferdam-broker" */
	uint64_t namespaces; /* besides those that each has: CLONE_NEWNET, or 0 */
	rlim_t descriptors;  /* at most */
	bool within;         /* in a user namespace that is there, and with all power in it */
	/* In the child, as a message that the launcher expects. */
	void (*tell_failure)(int control, const struct failure *failure);
};

struct companion_job {
	const struct companion_kind *kind;
	const char *mode; /* its only word */
	int exe_fd;       /* the program, O_PATH */
	int policy_fd;
	int extra_fd; /* for COMPANION_EXTRA_FD; -1: none */
	int user_fd;  /* kind->within: that namespace */
	const struct identity *identity;
	bool needs_group; /* root alone can give it */
	gid_t group;
};

struct companion {
	pid_t pid; /* 0: none */
	int pidfd, control;
};
#define COMPANION_NONE                                                                             \
	{                                                                                          \
		.pidfd = -1, .control = -1                                                         \
	}

int companion_start(const struct companion_job *job, struct companion *ret, struct failure *f);
/* Has it ended, or does it within wait_ms? Then it is reaped, and *ret_status is as wait(2) has
 * it. A process that dies closes its socket before it can be waited for. */
bool companion_has_ended(struct companion *process, int wait_ms, int *ret_status);
/* Kill it if it lives, and reap it. */
void companion_end(struct companion *process);

extern const struct steps companion_steps; /* what the child does */

#endif
