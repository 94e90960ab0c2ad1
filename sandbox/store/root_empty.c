#include "sandbox/store/root_empty.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/store/root_claim.h"
#include "sandbox/store/root_store.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define DEPTH  64 /* descriptors at once; what lies deeper is moved up first */
#define PASSES 1000

/* ---- the child ---- */

static DIR *open_dir(int dir_fd, const char *name)
{
	own_fd int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir != NULL)
		own_fd_give(&fd);
	return dir;
}

static void empty(int top_fd, int dir_fd, unsigned depth, unsigned *moved);

static void remove_entry(int top_fd, int dir_fd, const char *name, unsigned depth, unsigned *moved)
{
	own_dir DIR *below = NULL;
	char up[32];

	if (unlinkat(dir_fd, name, 0) == 0 || errno != EISDIR)
		return;
	if (depth == 0) {
		snprintf(up, sizeof(up), "deep-%u", (*moved)++);
		renameat2(dir_fd, name, top_fd, up, RENAME_NOREPLACE);
		return;
	}
	below = open_dir(dir_fd, name);
	if (below != NULL)
		empty(top_fd, dirfd(below), depth - 1, moved);
	unlinkat(dir_fd, name, AT_REMOVEDIR);
}

static void empty(int top_fd, int dir_fd, unsigned depth, unsigned *moved)
{
	own_dir DIR *dir = open_dir(dir_fd, ".");

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_entry(top_fd, dir_fd, e->d_name, depth, moved);
}

static void remove_gone(int dir_fd, const char *name)
{
	own_fd int top = root_claim_open(dir_fd, name, LOCK_EX);
	unsigned moved = 0, before;

	if (top < 0) {
		if (root_claim_is_rubbish(errno))
			unlinkat(dir_fd, name, 0);
		return;
	}
	/* Once more as long as something was moved up; a directory that is changed while it is
	 * read may also show less than all. */
	for (int i = 0; i < PASSES; i++) {
		before = moved;
		empty(top, top, DEPTH, &moved);
		if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || (moved == before && i > 2))
			return;
	}
}

static void __attribute__((noreturn)) child_main(int dir_fd, int parent)
{
	own_dir DIR *dir = NULL;
	struct failure f;
	char byte = 0;

	/* Its maps are written through its /proc entry. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || user_show(&f) < 0 ||
		write(parent, &byte, 1) != 1 || read(parent, &byte, 1) != 1 || user_hide(&f) < 0)
		_exit(1);
	dir = open_dir(dir_fd, ".");
	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir))
		if (strncmp(e->d_name, ROOT_STORE_GONE, strlen(ROOT_STORE_GONE)) == 0)
			remove_gone(dir_fd, e->d_name);
	_exit(0);
}

/* ---- its parent ---- */

static int let_go(pid_t pid, int child, const struct user_plan *user, struct failure *f)
{
	struct user_ids ids;
	char byte = 0, detail[160];

	if (read(child, &byte, 1) != 1)
		return fail(f, 0, "who removes images has ended early");
	if (user_map(pid, user, &ids, detail, sizeof(detail), f) < 0)
		return -1;
	return write(child, &byte, 1) == 1 ? 0 : fail(f, errno, "let images be removed");
}

int root_empty(int dir_fd, const struct user_plan *user, struct failure *f)
{
	own_fd int ours = -1, theirs = -1, pidfd = -1;
	int pair[2], status, result;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	pid = spawn("who removes images", CLONE_NEWUSER, -1, &pidfd, f);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		own_fd_end(&ours); /* or it would not see our end */
		child_main(dir_fd, theirs);
	}
	own_fd_end(&theirs);
	result = let_go(pid, ours, user, f);
	own_fd_end(&ours);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for who removes images");
	return result;
}
