#include "sandbox/store/store_entry.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FREE_PART 10 /* one of so many parts of the disk's free space stays free */

bool store_entry_read(int entry_fd, char *text, size_t size, struct stat *ret_tree)
{
	own_fd int fd =
		openat(entry_fd, STORE_RECORD, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	return fstatat(entry_fd, STORE_TREE, ret_tree, AT_SYMLINK_NOFOLLOW) == 0;
}

bool store_entry_is_tree(
	const struct stat *tree, uint64_t inode, int64_t changed_s, uint32_t changed_ns)
{
	return S_ISDIR(tree->st_mode) && inode == tree->st_ino &&
	       changed_s == tree->st_ctim.tv_sec && changed_ns == tree->st_ctim.tv_nsec;
}

void store_entry_use(int entry_fd)
{
	utimensat(entry_fd, STORE_RECORD, NULL, AT_SYMLINK_NOFOLLOW);
}

int store_entry_record(int entry_fd, const char *text, const char *what, struct failure *f)
{
	own_fd int fd = openat(
		entry_fd, STORE_RECORD, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n = (ssize_t)strlen(text);

	if (fd < 0 || write(fd, text, (size_t)n) != n || fsync(fd) < 0)
		return fail(f, errno, "write the record of %s", what);
	return 0;
}

uint64_t store_room(int dir_fd, uint64_t limit_bytes)
{
	struct statvfs fs;
	uint64_t free_bytes;

	if (fstatvfs(dir_fd, &fs) < 0)
		return limit_bytes;
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	free_bytes -= free_bytes / FREE_PART;
	return free_bytes < limit_bytes ? free_bytes : limit_bytes;
}
