#include "sandbox/fetch/gitdir.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a fifo must not hold us. */
int gitdir_read(const char *directory, const char *name, char *ret, size_t size, struct failure *f)
{
	own_fd int dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || (fd < 0 && errno != ENOENT))
		return fail(f, errno, "read %s of the source", name);
	if (fd < 0)
		return 1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(f, 0, "%s of the source is not a regular file", name);
	ssize_t length = whole_read(fd, ret, size);

	if (length < 0)
		return fail(f, errno, "read %s of the source", name);
	if ((size_t)length == size || memchr(ret, '\0', (size_t)length) != NULL)
		return fail(f, 0, "%s of the source is longer than a path, or no text", name);
	while (length > 0 && (ret[length - 1] == '\n' || ret[length - 1] == '\r'))
		length--;
	ret[length] = '\0';
	return 0;
}

int gitdir_follow(const struct places *places, const char *base, const char *path, char *ret)
{
	char directory[PLACE_BYTES], host[PLACE_BYTES];

	ret[0] = '\0';
	if (!place_host(places, base, directory) || !place_join(directory, path, host))
		return -1;
	if (place_here(places, host, ret))
		return 0;
	memcpy(ret, host, sizeof(host));
	return -1;
}

/* ".git" as a file: "gitdir: PATH". */
static int read_git_file(const char *source, char *ret, struct failure *f)
{
	static const char word[] = "gitdir: ";
	char text[PLACE_BYTES];
	int rc = gitdir_read(source, ".git", text, sizeof(text), f);

	if (rc < 0)
		return -1;
	if (rc > 0 || strncmp(text, word, strlen(word)) != 0)
		return fail(f, 0, ".git of the source is a file, and names no git directory");
	memcpy(ret, text + strlen(word), strlen(text + strlen(word)) + 1);
	return 0;
}

static int read_git_link(const char *source, char *ret, struct failure *f)
{
	own_fd int dir = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t length = readlinkat(dir, ".git", ret, PLACE_BYTES - 1);

	if (length < 0)
		return fail(f, errno, "read the link .git of the source");
	ret[length] = '\0';
	return 0;
}

/* The main repository, if that is the private directory of one of its linked worktrees. */
static void without_worktree(char *host)
{
	char *name = strrchr(host, '/');
	static const char parent[] = "/worktrees";

	if (name == NULL || (size_t)(name - host) < strlen(parent))
		return;
	if (strncmp(name - strlen(parent), parent, strlen(parent)) == 0)
		name[-(ptrdiff_t)strlen(parent)] = '\0';
}

static int lead_on(const struct places *places, const char *source, const char *target, char *ret,
	struct failure *f)
{
	struct stat st;

	if (gitdir_follow(places, source, target, ret) < 0) {
		fail(f, 0, "the source's .git leads to %s, which lies outside of it", ret);
		without_worktree(ret);
		return fail_remedy(f, "if that may be read: --borrow %s", ret);
	}
	if (lstat(ret, &st) < 0)
		return fail(f, errno, "%s, where the source's .git leads", target);
	if (!S_ISDIR(st.st_mode))
		return fail(f, ENOTDIR, "%s, where the source's .git leads", target);
	return 0;
}

static int find_git_dir(
	const struct places *places, const char *source, char *ret, struct failure *f)
{
	char dot_git[PLACE_BYTES], target[PLACE_BYTES];
	struct stat st;

	if ((size_t)snprintf(dot_git, sizeof(dot_git), "%s/.git", source) >= sizeof(dot_git))
		return fail(f, ENAMETOOLONG, "open the source");
	if (lstat(dot_git, &st) < 0) {
		snprintf(ret, PLACE_BYTES, "%s", source);
		return 0;
	}
	if (S_ISDIR(st.st_mode)) {
		memcpy(ret, dot_git, sizeof(dot_git));
		return 0;
	}
	if ((S_ISLNK(st.st_mode) ? read_git_link(source, target, f)
				 : read_git_file(source, target, f)) < 0)
		return -1;
	return lead_on(places, source, target, ret, f);
}

int gitdir_find(const struct places *places, const char *source, char *ret_git_dir,
	char *ret_common_dir, struct failure *f)
{
	char target[PLACE_BYTES];

	if (find_git_dir(places, source, ret_git_dir, f) < 0)
		return -1;
	int rc = gitdir_read(ret_git_dir, "commondir", target, sizeof(target), f);

	if (rc > 0)
		memcpy(ret_common_dir, ret_git_dir, PLACE_BYTES);
	if (rc != 0)
		return rc > 0 ? 0 : -1;
	if (gitdir_follow(places, ret_git_dir, target, ret_common_dir) == 0)
		return 0;
	fail(f, 0, "the source is a linked worktree of %s, which lies outside of it",
		ret_common_dir);
	return fail_remedy(f, "if that may be read: --borrow %s", ret_common_dir);
}
