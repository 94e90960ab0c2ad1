/* sandbox/engine/broker_start.h: from a clone of the launcher to cofferdam-broker.
 *
 * Runs in  the launcher before root is given up, and gc. The child does its steps in order
 *          (broker_start.c has the table) and executes the broker, which confines itself before
 *          it says READY: an own root with nothing but the engine's socket, no capability,
 *          Landlock, seccomp.
 * Leaves   a process that dies with us, in namespaces of its own, root inside and the user
 *          that the sandbox runs as outside, with 3 (control.h), 4 (policy.h) and 5 (the
 *          counters) alone.
 */
#ifndef SANDBOX_ENGINE_BROKER_START_H
#define SANDBOX_ENGINE_BROKER_START_H

#include "sandbox/base/step.h"
#include "sandbox/privilege/identity.h"

struct broker_job {
	int exe_fd; /* cofferdam-broker, O_PATH */
	int policy_fd;
	int counters_fd; /* -1: none (gc) */
	const struct identity *identity;
	bool needs_group; /* root alone can give it */
	gid_t group;
	bool cleanup; /* only remove what an earlier one left */
};

struct broker_process {
	pid_t pid; /* 0: none */
	int pidfd, control;
};
#define BROKER_PROCESS_NONE                                                                        \
	{                                                                                          \
		.pidfd = -1, .control = -1                                                         \
	}

int broker_start(const struct broker_job *job, struct broker_process *ret, struct failure *f);
/* Has it ended, or does it within wait_ms? Then it is reaped, and *ret_status is as wait(2) has
 * it. A process that dies closes its socket before it can be waited for. */
bool broker_has_ended(struct broker_process *process, int wait_ms, int *ret_status);
/* Kill it if it lives, and reap it. */
void broker_end(struct broker_process *process);

extern const struct steps broker_steps; /* what the child does */

#endif
