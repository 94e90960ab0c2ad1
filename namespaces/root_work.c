#include "namespaces/root_work.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* All of the tmpfs that counts against --app-size and --app-inodes. */
static const struct work_row {
	const char *path;
	const char *hidden; /* its directory beneath /run: the place is in another file system */
	mode_t mode;
	const char *reason;
} work_rows[] = {
	{ "app", NULL, 0755, "the clone and the build" },
	{ "tmp", NULL, 01777, "temporary files" },
	{ "var/tmp", NULL, 01777, "temporary files" },
	{ "home/builder", NULL, 0700, "caches and settings that tools write" },
	{ "dev/shm", "shm", 01777, "shm_open(3); a mount of its own, as everywhere" },
};

static int place_make(
	int directory, const char *path, mode_t mode, const struct user_ids *ids, struct failure *f)
{
	if (mkdirat(directory, path, 0700) < 0 ||
		fchownat(directory, path, ids->builder_uid, ids->builder_gid, AT_SYMLINK_NOFOLLOW) <
			0 ||
		fchmodat(directory, path, mode, 0) < 0)
		return fail(f, errno, "make /%s", path);
	return 0;
}

static int place_attach(const struct root *root, int directory, const char *name, const char *path,
	struct failure *f)
{
	own_fd int tree = mount_clone(directory, name, 0, ATTRIBUTES);

	if (tree < 0)
		return fail(f, errno, "clone /%s", path);
	return mount_attach(tree, root->root_fd, path) < 0 ? fail(f, errno, "attach /%s", path) : 0;
}

static int canary_make(int directory, const struct user_ids *ids)
{
	own_fd int fd = openat(directory, "canary", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

	return fd < 0 ? -1 : fchown(fd, ids->builder_uid, ids->builder_gid);
}

int root_work_mount(struct root *root, const struct user_ids *ids, struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++) {
		const struct work_row *row = &work_rows[i];
		int directory = row->hidden != NULL ? root->hidden_fd : root->root_fd;
		const char *name = row->hidden != NULL ? row->hidden : row->path;

		if (place_make(directory, name, row->mode, ids, f) < 0)
			return -1;
		/* Where the root will be read-only each place is a mount, which stays writable. */
		if ((row->hidden != NULL || !root->one_tree) &&
			place_attach(root, directory, name, row->path, f) < 0)
			return -1;
	}
	/* Landlock's proof: nothing that the builder sees, no rule covers it. */
	return canary_make(root->hidden_fd, ids) < 0 ? fail(f, errno, "make the canary") : 0;
}

int root_work_bound(struct root *root, const struct root_plan *plan, struct failure *f)
{
	struct statfs fs;

	if (fstatfs(root->root_fd, &fs) < 0)
		return fail(f, errno, "look at the work space");
	root->inodes = (uint64_t)(fs.f_files - fs.f_ffree);
	if (mount_resize_tmpfs(root->root_fd, plan->bytes, plan->inodes + root->inodes) < 0)
		return fail(f, errno, "bound the work space");
	return 0;
}

int root_work_shrink(const struct root *root, uint64_t bytes, uint64_t inodes, struct failure *f)
{
	if (mount_resize_tmpfs(root->root_fd, bytes, inodes + root->inodes) == 0)
		return 0;
	fail(f, errno, "shrink the work space to %llu bytes and %llu inodes",
		(unsigned long long)bytes, (unsigned long long)inodes);
	return fail_remedy(f, "the clone alone may need more than the repository asks for");
}

int root_work_narrow(struct failure *f)
{
	static const char *const shut[] = { "/", "/dev/shm", "/dev/mqueue" };
	own_fd int app = mount_clone(AT_FDCWD, "/app", 0, ATTRIBUTES);

	if (app < 0 || mount_attach(app, AT_FDCWD, "/app") < 0)
		return fail(f, errno, "clone /app for the fetcher");
	for (size_t i = 0; i < ARRAY_LEN(shut); i++)
		if (mount_restrict(AT_FDCWD, shut[i], 0, MOUNT_ATTR_RDONLY) < 0 &&
			errno != EINVAL) /* no mount: this kernel has no message queues */
			return fail(f, errno, "make %s read-only for the fetcher", shut[i]);
	return 0;
}

/* What follows the directory in path; NULL: path is not in it. */
static const char *behind(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/') ? path + n
										       : NULL;
}

/* A place below the root's own mount, which is not the one that hides the directory at /run. */
static void place_below(const struct work_row *row, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s", row->hidden != NULL ? "run/" : "",
		row->hidden != NULL ? row->hidden : row->path);
}

bool root_work_locate(const char *path, char *ret, size_t size)
{
	for (size_t i = 0; path[0] == '/' && i < ARRAY_LEN(work_rows); i++) {
		const char *rest = behind(path + 1, work_rows[i].path);
		char below[32];

		place_below(&work_rows[i], below, sizeof(below));
		if (rest != NULL)
			return snprintf(ret, size, "%s%s", below, rest) < (int)size;
	}
	return false;
}

bool root_work_show(const char *below, char *ret, size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++) {
		char place[32];
		const char *rest;

		place_below(&work_rows[i], place, sizeof(place));
		rest = behind(below, place);
		if (rest != NULL)
			return snprintf(ret, size, "/%s%s", work_rows[i].path, rest) < (int)size;
	}
	return false;
}

void root_work_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++)
		root_row_say(row, data, "/", work_rows[i].path, "tmpfs, writable, one budget",
			work_rows[i].reason);
}
