#include "sandbox/limits/cgroup_tree.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>

#define TREE_DEPTH        8
#define KILL_ROUNDS       50
#define PAUSE_NS_AT_FIRST 100000
#define PAUSE_NS_AT_MOST  4000000

static void pause_ns(long ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
}

static long pause_longer(long ns)
{
	return ns * 2 < PAUSE_NS_AT_MOST ? ns * 2 : PAUSE_NS_AT_MOST;
}

/* Is the process in a group of that name, in any hierarchy? */
static bool is_member(pid_t pid, const char *name)
{
	char path[32], text[8192], part[64];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	snprintf(part, sizeof(part), "/%s", name);
	return cgroup_file_read(AT_FDCWD, path, text, sizeof(text)) == 0 &&
	       strstr(text, part) != NULL;
}

/* SIGKILL to every process listed; how many there were. */
static unsigned kill_members(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	own_file FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	unsigned seen = 0;
	char line[32];

	if (file == NULL) {
		own_fd_end(&fd);
		return 0;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		uint64_t pid;

		if (cgroup_number(line, &pid) < 0 || pid == 0 || pid > INT32_MAX ||
			(pid_t)pid == getpid())
			continue;
		seen++;
		own_fd int process = pidfd_open((pid_t)pid, 0);
		if (process >= 0 && is_member((pid_t)pid, name))
			pidfd_send_signal(process, SIGKILL, NULL, 0);
	}
	return seen;
}

static void v1_kill(int dir_fd, const char *name)
{
	long pause = PAUSE_NS_AT_FIRST;

	for (int round = 0; round < KILL_ROUNDS; round++) {
		/* Frozen, a group cannot fork faster than we read its list. Only the
		 * freezer hierarchy has this file; elsewhere the rounds must do. */
		cgroup_file_write(dir_fd, "freezer.state", "FROZEN");
		unsigned seen = kill_members(dir_fd, name);
		cgroup_file_write(dir_fd, "freezer.state", "THAWED");
		if (seen == 0)
			return;
		pause_ns(pause);
		pause = pause_longer(pause);
	}
}

static void tree_kill(int dir_fd, const char *name, unsigned depth)
{
	own_dir DIR *dir = NULL;

	if (cgroup_file_write(dir_fd, "cgroup.kill", "1") == 0)
		return; /* v2: all of the subtree, and no fork escapes it */
	v1_kill(dir_fd, name);
	dir = depth > 0 ? cgroup_dir_open(dir_fd, ".") : NULL;
	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		own_fd int child = -1;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		child = openat(dir_fd, e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (child >= 0)
			tree_kill(child, name, depth - 1);
	}
}

void cgroup_tree_kill(int dir_fd, const char *name)
{
	tree_kill(dir_fd, name, TREE_DEPTH);
}

/* rmdir takes the files with it; directories inside have to go first. */
static bool tree_remove(int parent_fd, const char *name, unsigned depth)
{
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return true;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return false;

	own_dir DIR *dir = depth > 0 ? cgroup_dir_open(parent_fd, name) : NULL;
	bool removed_one = false;
	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir))
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			removed_one |= tree_remove(dirfd(dir), e->d_name, depth - 1);
	if (removed_one)
		return unlinkat(parent_fd, name, AT_REMOVEDIR) == 0;
	errno = EBUSY;
	return false;
}

bool cgroup_tree_remove(int parent_fd, const char *name, unsigned timeout_ms, int *ret_errnum)
{
	uint64_t end = clock_now_ms() + timeout_ms;
	long pause = PAUSE_NS_AT_FIRST;

	while (!tree_remove(parent_fd, name, TREE_DEPTH)) {
		*ret_errnum = errno;
		if (errno != EBUSY || clock_now_ms() >= end)
			return false;
		pause_ns(pause);
		pause = pause_longer(pause);
	}
	return true;
}
