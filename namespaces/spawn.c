#include "namespaces/spawn.h"

#include <assert.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* /proc/self/task has one entry, "." and "..": st_nlink is 3. */
static int threads(void)
{
	struct stat st;

	return stat("/proc/self/task", &st) == 0 ? (int)st.st_nlink - 2 : 1;
}

/* Engines hide clone3 from a container, for a filter cannot see which namespaces it asks for, and
 * permit clone(2) to who asks for none. Its first three arguments are everywhere the same. */
static pid_t clone_plain(int *ret_pidfd)
{
	return (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, ret_pidfd, NULL, NULL);
}

pid_t spawn(const char *what, uint64_t flags, int cgroup_fd, int *ret_pidfd, struct failure *f)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
	};
	pid_t pid;

	assert(threads() == 1);
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0 && errno == ENOSYS && flags == 0 && cgroup_fd < 0)
		pid = clone_plain(&pidfd);
	if (pid < 0)
		return fail(f, errno, "clone3 %s", what);
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}
