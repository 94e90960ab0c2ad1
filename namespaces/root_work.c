#include "namespaces/root_work.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories of the one tmpfs that counts against --app-size and --app-inodes. */
static const struct work_row {
	const char *name, *path;
	mode_t mode;
	const char *reason;
} work_rows[] = {
	{ "app", "app", 0755, "the clone and the build" },
	{ "tmp", "tmp", 01777, "temporary files" },
	{ "vtmp", "var/tmp", 01777, "temporary files" },
	{ "home", "home/builder", 0700, "caches and settings that tools write" },
	{ "shm", "dev/shm", 01777, "shm_open(3)" },
};

static int canary_make(int work_fd, const struct user_ids *ids)
{
	own_fd int fd = openat(work_fd, "canary", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

	return fd < 0 ? -1 : fchown(fd, ids->builder_uid, ids->builder_gid);
}

int root_work_mount(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	root->work_fd = mount_new_tmpfs(plan->bytes, plan->inodes, "711", attributes, f);
	if (root->work_fd < 0)
		return -1;
	/* Landlock's proof: nothing that the builder sees, no rule covers it. */
	if (canary_make(root->work_fd, ids) < 0)
		return fail(f, errno, "make the canary");
	/* Its own root is attached so that its parts can be cloned (before 6.15 only attached
	 * mounts can), and ends up hidden beneath /app: unmounting it would cost an RCU grace
	 * period, and nobody inside may unmount. */
	if (mount_attach(root->work_fd, root->root_fd, "app") < 0)
		return fail(f, errno, "attach the tmpfs for /app");
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++) {
		const struct work_row *row = &work_rows[i];

		if (mkdirat(root->work_fd, row->name, 0700) < 0 ||
			fchownat(root->work_fd, row->name, ids->builder_uid, ids->builder_gid,
				AT_SYMLINK_NOFOLLOW) < 0 ||
			fchmodat(root->work_fd, row->name, row->mode, 0) < 0)
			return fail(f, errno, "make /%s", row->path);
	}
	for (size_t i = ARRAY_LEN(work_rows); i-- > 0;) { /* "app" last: it hides the root */
		own_fd int tree = mount_clone(root->work_fd, work_rows[i].name, 0, attributes);

		if (tree < 0)
			return fail(f, errno, "clone /%s", work_rows[i].path);
		if (mount_attach(tree, root->root_fd, work_rows[i].path) < 0)
			return fail(f, errno, "attach /%s", work_rows[i].path);
	}
	return 0;
}

int root_work_shrink(const struct root *root, uint64_t bytes, uint64_t inodes, struct failure *f)
{
	if (mount_resize_tmpfs(root->work_fd, bytes, inodes) == 0)
		return 0;
	fail(f, errno, "shrink the work space to %llu bytes and %llu inodes",
		(unsigned long long)bytes, (unsigned long long)inodes);
	return fail_remedy(f, "the clone alone may need more than the repository asks for");
}

void root_work_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++)
		root_row_say(row, data, "/", work_rows[i].path, "tmpfs, writable, one budget",
			work_rows[i].reason);
}
