#include "sandbox/unpack/tree.h"

#include "sandbox/base/own.h"
#include "sandbox/rootfs/entry_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define DEPTH_MAX 256   /* of a directory that something else takes the place of */
#define NOBODY    65534 /* for an id that is not one of the sandbox's */
#define MODE_BITS 01777

static int open_within(const struct tree *tree, const char *path, int flags, uint64_t links)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV | links,
	};

	return (int)syscall(SYS_openat2, tree->fd, path[0] == '\0' ? "." : path, &how, sizeof(how));
}

static int open_below(const struct tree *tree, const char *path, int flags)
{
	return open_within(tree, path, flags, 0);
}

/* The directory that path (which is changed meanwhile) is to lie in; made where it is missing. */
static int open_parent(const struct tree *tree, char *path)
{
	own_fd int fd = open_below(tree, "", O_PATH | O_DIRECTORY);
	char *end = strchr(path, '/');

	for (char *part = path; fd >= 0 && end != NULL; part = end + 1, end = strchr(part, '/')) {
		own_fd int above = own_fd_give(&fd);

		*end = '\0';
		fd = open_below(tree, path, O_PATH | O_DIRECTORY);
		if (fd < 0 && errno == ENOENT && mkdirat(above, part, 0755) == 0)
			fd = open_below(tree, path, O_PATH | O_DIRECTORY);
		*end = '/';
	}
	return own_fd_give(&fd);
}

/* Open the entry's directory, and say what its last part is. The directory is there already in all
 * but a few cases, and then is looked up at once. */
static int open_place(
	const struct tree *tree, const char *path, const char **ret_name, struct failure *f)
{
	const char *slash = strrchr(path, '/');
	char copy[ENTRY_PATH_BYTES];
	int fd;

	*ret_name = slash != NULL ? slash + 1 : path;
	snprintf(copy, sizeof(copy), "%s", path);
	copy[slash != NULL ? slash - path : 0] = '\0';
	fd = open_below(tree, copy, O_PATH | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT) {
		snprintf(copy, sizeof(copy), "%s", path);
		fd = open_parent(tree, copy);
	}
	return fd < 0 ? fail(f, errno, "open the directory of %.120s", path) : fd;
}

static int remove_below(int directory, const char *name, unsigned depth);

/* All that lies in the directory; fd is used up. */
static int empty(int fd, unsigned depth)
{
	own_fd int owned = fd;
	own_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return -1;
	own_fd_give(&owned);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			continue;
		if (errno != EISDIR)
			return -1;
		if (depth == 0) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (remove_below(dirfd(dir), entry->d_name, depth - 1) < 0)
			return -1;
	}
	return 0;
}

static int remove_below(int directory, const char *name, unsigned depth)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return empty(fd, depth) < 0 ? -1 : unlinkat(directory, name, AT_REMOVEDIR);
}

/* Whatever is there goes. */
static int make_room(int directory, const char *name, const char *path, struct failure *f)
{
	if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR && remove_below(directory, name, DEPTH_MAX) == 0)
		return 0;
	return fail(f, errno, "make room for %.120s", path);
}

/* An id that the sandbox has not (EINVAL) is nobody's. */
static int give(const struct tree *tree, const struct tree_entry *entry, int directory,
	const char *name, struct failure *f)
{
	const int flags = AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0);

	if (!tree->has_ids || fchownat(directory, name, entry->uid, entry->gid, flags) == 0)
		return 0;
	if (errno == EINVAL && fchownat(directory, name, NOBODY, NOBODY, flags) == 0)
		return 0;
	return fail(f, errno, "give %.120s to uid %u", entry->path, entry->uid);
}

int tree_directory(const struct tree *tree, const struct tree_entry *entry, struct failure *f)
{
	const char *name;
	own_fd int place = open_place(tree, entry->path, &name, f);
	own_fd int fd = -1;
	struct stat st;

	if (place < 0)
		return -1;
	if (fstatat(place, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode)) {
		if (make_room(place, name, entry->path, f) < 0)
			return -1;
		if (mkdirat(place, name, 0700) < 0)
			return fail(f, errno, "make the directory %.120s", entry->path);
	}
	fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(f, errno, "open the directory %.120s", entry->path);
	if (give(tree, entry, fd, "", f) < 0)
		return -1;
	return fchmod(fd, entry->mode & MODE_BITS) < 0
		       ? fail(f, errno, "set the mode of %.120s", entry->path)
		       : 0;
}

int tree_link(const struct tree *tree, const struct tree_entry *entry, const char *target,
	struct failure *f)
{
	const char *name;
	own_fd int place = open_place(tree, entry->path, &name, f);

	if (place < 0 || make_room(place, name, entry->path, f) < 0)
		return -1;
	if (symlinkat(target, place, name) < 0)
		return fail(f, errno, "make the link %.120s", entry->path);
	return give(tree, entry, place, name, f);
}

int tree_hard_link(const struct tree *tree, const struct tree_entry *entry, const char *target,
	struct failure *f)
{
	const char *name, *other_name;
	own_fd int place = open_place(tree, entry->path, &name, f);
	own_fd int other = -1;
	struct stat there, now;

	if (place < 0)
		return -1;
	other = open_place(tree, target, &other_name, f);
	if (other < 0)
		return -1;
	if (fstatat(other, other_name, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "link %.100s to %.100s", entry->path, target);
	if (S_ISDIR(there.st_mode))
		return fail(f, 0, "link %.100s to %.100s: a directory", entry->path, target);
	if (fstatat(place, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == there.st_ino)
		return 0; /* it is that file already, and room for it would be made of it */
	if (make_room(place, name, entry->path, f) < 0)
		return -1;
	return linkat(other, other_name, place, name, 0) < 0
		       ? fail(f, errno, "link %.100s to %.100s", entry->path, target)
		       : 0;
}

int tree_file_begin(
	const struct tree *tree, const struct tree_entry *entry, int *ret_fd, struct failure *f)
{
	const char *name;
	own_fd int place = open_place(tree, entry->path, &name, f);

	if (place < 0 || make_room(place, name, entry->path, f) < 0)
		return -1;
	*ret_fd = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *ret_fd < 0 ? fail(f, errno, "make the file %.120s", entry->path) : 0;
}

int tree_file_end(const struct tree *tree, const struct tree_entry *entry, int fd, uint64_t size,
	struct failure *f)
{
	const struct timespec times[2] = { entry->modified, entry->modified };

	if (ftruncate(fd, (off_t)size) < 0)
		return fail(f, errno, "give %.120s its size", entry->path);
	if (give(tree, entry, fd, "", f) < 0)
		return -1;
	if (fchmod(fd, entry->mode & MODE_BITS) < 0)
		return fail(f, errno, "set the mode of %.120s", entry->path);
	/* A time that the file system has not is not the archive's any more: no loss. */
	if (futimens(fd, times) < 0 && errno != EINVAL)
		return fail(f, errno, "set the time of %.120s", entry->path);
	return 0;
}

static bool is_nowhere(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

int tree_remove(const struct tree *tree, const char *path, struct failure *f)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	char directory[ENTRY_PATH_BYTES];
	own_fd int fd = -1;

	snprintf(directory, sizeof(directory), "%.*s", slash != NULL ? (int)(slash - path) : 0,
		path);
	fd = open_within(tree, directory, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (fd < 0 && is_nowhere(errno))
		return 0;
	if (fd < 0)
		return fail(f, errno, "open the directory of %.120s", path);
	return make_room(fd, name, path, f);
}

int tree_empty(const struct tree *tree, const char *path, struct failure *f)
{
	int fd = open_within(tree, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);

	if (fd < 0 && is_nowhere(errno))
		return 0;
	return empty(fd, DEPTH_MAX) < 0 ? fail(f, errno, "empty %.120s", path) : 0;
}
