#include "sandbox/companion/companion_within.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"

#include <sched.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>

pid_t companion_within_clone(const char *name, uint64_t namespaces, int user_fd, struct failure *f)
{
	own_fd int pidfd = -1;

	if (setns(user_fd, CLONE_NEWUSER) < 0)
		return fail(f, errno, "join the user namespace of the sandbox");
	/* After the join, which changes the credentials. A launcher that died before this line has
	 * closed its end, which the companion sees. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	return spawn(name, namespaces, -1, &pidfd, f);
}

int companion_within_keep_power(struct failure *f)
{
	cap_t caps = cap_get_proc();
	int result = caps == NULL ? -1 : 0;

	for (cap_value_t cap = 0; result == 0 && cap < cap_max_bits(); cap++)
		result = cap_set_flag(caps, CAP_INHERITABLE, 1, &cap, CAP_SET);
	if (result == 0)
		result = cap_set_proc(caps);
	for (cap_value_t cap = 0; result == 0 && cap < cap_max_bits(); cap++)
		result = cap_set_ambient(cap, CAP_SET);
	if (result < 0)
		fail(f, errno, "keep the power over the sandbox's namespaces");
	cap_free(caps);
	return result;
}

void companion_within_wait(pid_t pid)
{
	int status = 0;

	/* Its end of the control socket would keep the launcher from seeing that the companion
	 * has ended. */
	close_range(3, ~0U, 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
