#include "sandbox/plan/linked_worktree.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The first line of a regular file; what is longer, or something else, is none. O_NONBLOCK: a
 * fifo must not hold us. */
static bool read_line(int directory, const char *name, char *ret, size_t size)
{
	own_fd int fd =
		openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	ssize_t length = whole_read(fd, ret, size);

	if (length <= 0 || (size_t)length == size || memchr(ret, '\0', (size_t)length) != NULL)
		return false;
	ret[length] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return ret[0] != '\0';
}

bool linked_worktree_parse(const char *text, size_t length, char *ret, size_t size)
{
	static const char word[] = "gitdir: ";
	size_t at = strlen(word), n = 0;

	if (length <= at || memcmp(text, word, at) != 0)
		return false;
	while (at + n < length && text[at + n] != '\n' && text[at + n] != '\0')
		n++;
	if (n == 0 || n >= size)
		return false;
	memcpy(ret, text + at, n);
	ret[n] = '\0';
	return true;
}

static bool is_same(int fd, dev_t device, ino_t inode)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* Does the private directory lead back to `.git` of the source? */
static bool leads_back(int private_dir, const struct host_path *source)
{
	char path[PATH_MAX], *slash;

	if (!read_line(private_dir, "gitdir", path, sizeof(path)))
		return false;
	slash = strrchr(path, '/');
	if (slash == NULL || strcmp(slash, "/.git") != 0)
		return false;
	slash[1] = '\0';
	own_fd int back = openat(private_dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return back >= 0 && is_same(back, source->device, source->inode);
}

/* private_dir is REPOSITORY/worktrees/NAME by the file system's own account, links apart. */
static bool is_private_of(int private_dir, const char *name, const struct host_path *repository)
{
	own_fd int worktrees =
		openat(repository->fd, "worktrees", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	own_fd int again = openat(worktrees, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return worktrees >= 0 && again >= 0 && fstat(private_dir, &st) == 0 &&
	       is_same(again, st.st_dev, st.st_ino);
}

int linked_worktree_find(
	const struct host_path *source, struct host_path *ret_repository, struct failure *f)
{
	char text[PATH_MAX], target[PATH_MAX], above[2 * PATH_MAX];
	own_fd int dir = open(source->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct host_path found = { .fd = -1 };

	if (dir < 0 || !read_line(dir, ".git", text, sizeof(text)) ||
		!linked_worktree_parse(text, strlen(text), target, sizeof(target)))
		return 0;
	own_fd int private_dir = openat(dir, target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *name = strrchr(target, '/');

	if (private_dir < 0 || name == NULL || !leads_back(private_dir, source))
		return 0;
	snprintf(above, sizeof(above), "%s%s%s/../..", target[0] == '/' ? "" : source->path,
		target[0] == '/' ? "" : "/", target);
	if (host_path_open("the repository of the worktree", above, &found, f) < 0)
		return -1;
	if (is_private_of(private_dir, name + 1, &found)) {
		*ret_repository = found;
		return 1;
	}
	host_path_release(&found);
	return 0;
}
