/* sandbox/keeper/keeper.h: PID 1 of the sandbox.
 *
 * Started  by the launcher, by clone3, with all capabilities in a user namespace that
 *          has no maps yet, and the launcher's descriptors, which it closes first.
 * Does     its steps in order (keeper.c has the table), then waits: for the launcher's
 *          messages and for children. Never returns into the launcher's code.
 * Ends     when the builder has ended and everything else in the namespace with it, or
 *          at once when the launcher is gone.
 */
#ifndef SANDBOX_KEEPER_KEEPER_H
#define SANDBOX_KEEPER_KEEPER_H

#include "namespaces/root.h"
#include "sandbox/base/step.h"
#include "sandbox/base/walls.h"
#include "sandbox/keeper/message.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/plan/plan.h"

/* The descriptors that cross the clone. */
struct keeper_ends {
	int socket;   /* messages */
	int records;  /* the fetcher's end */
	int stdio[3]; /* the builder's; -1 where the terminal goes */
};

/* What the keeper, and after it its two children, work on. */
struct keeper {
	const struct plan *plan;
	struct keeper_ends ends;
	const struct cgroup *cgroup;
	struct wall_report *walls; /* shared with the launcher, which reads it after BUILT */
	struct user_ids ids;
	struct root root;
	int fetch_fds[FETCH_INPUTS]; /* detached clones, -1 where there is none */
	int exe_fd, credential_fd;
	int terminal_fd, master_fd; /* the builder's terminal; -1 without one */
	int listener_fd;            /* of /run/docker.sock, until READY; -1 without one */
	int null_fd;                /* the host's /dev/null, for stdio of our own */
	int canary_fd;              /* the tmpfs's hidden root: Landlock must keep it shut */
	int child_fd;               /* to the child that is being started */
	int signals_fd;             /* says that a child has ended */
	struct message build;       /* the launcher's order */
	pid_t builder;
};

/* Does not return. */
void keeper_main(const struct plan *plan, const struct keeper_ends *ends,
	const struct cgroup *cgroup, struct wall_report *walls) __attribute__((noreturn));

extern const struct steps keeper_steps;

#endif
