#include "sandbox/store/root_claim.h"

#include "sandbox/base/own.h"
#include "sandbox/store/root_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define TRIES 16 /* each time another process had to be quicker */

static bool is_still(int dir_fd, const char *name, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

int root_claim_open(int dir_fd, const char *name, int lock)
{
	for (int i = 0; i < TRIES; i++) {
		own_fd int fd =
			openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0 || flock(fd, lock | LOCK_NB) < 0)
			return -1;
		if (is_still(dir_fd, name, fd))
			return own_fd_give(&fd);
	}
	errno = EWOULDBLOCK;
	return -1;
}

bool root_claim_is_rubbish(int errnum)
{
	return errnum == ENOTDIR || errnum == ELOOP;
}

int root_claim_put_away(int dir_fd, const char *name, char *ret_gone)
{
	char digits[RANDOM_HEX + 1], gone[ROOT_CLAIM_GONE_BYTES];
	struct failure f;

	if (random_hex(digits, &f) < 0)
		return -1;
	snprintf(gone, sizeof(gone), ROOT_STORE_GONE "%s", digits);
	if (ret_gone != NULL)
		memcpy(ret_gone, gone, sizeof(gone));
	return renameat2(dir_fd, name, dir_fd, gone, RENAME_NOREPLACE);
}

static bool is_empty(int fd)
{
	own_fd int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	size_t n = 0;

	if (dir == NULL)
		return false;
	own_fd_give(&copy);
	while (readdir(dir) != NULL)
		n++;
	return n <= 2; /* "." and ".." */
}

/* Two names that differ in case are two files here, and there are links? */
static int try_names(int fd, struct failure *f)
{
	struct stat st;
	bool one_case;

	if (symlinkat("nowhere", fd, "Trial") < 0)
		return fail(f, errno, "the store's file system has no links");
	one_case = fstatat(fd, "tRIAL", &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (unlinkat(fd, "Trial", 0) < 0)
		return fail(f, errno, "try the store's file system");
	return one_case ? fail(f, 0, "the store's file system takes two names for one") : 0;
}

int root_claim_make(int dir_fd, const char *name, struct failure *f)
{
	char fresh[ROOT_NAME_BYTES + sizeof(STORE_NEW)];

	snprintf(fresh, sizeof(fresh), "%s" STORE_NEW, name);
	for (int i = 0; i < TRIES; i++) {
		own_fd int fd = -1;

		if (mkdirat(dir_fd, fresh, 0700) < 0 && errno != EEXIST)
			return fail(f, errno, "make a directory in our store");
		fd = root_claim_open(dir_fd, fresh, LOCK_EX);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 && !root_claim_is_rubbish(errno))
			return fail(f, errno, "lock a directory of the store of images");
		if (fd >= 0 && is_empty(fd))
			return try_names(fd, f) < 0 ? -1 : own_fd_give(&fd);
		if (root_claim_put_away(dir_fd, fresh, NULL) < 0)
			return fail(f, errno, "put away what a dead run has left in the store");
	}
	return fail(f, EWOULDBLOCK, "lock a directory of the store of images");
}
