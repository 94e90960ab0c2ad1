#include "namespaces/root_device.h"

#include "namespaces/hostpath.h"
#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static const struct device_row {
	const char *name;
	unsigned major, minor;
	const char *reason;
} device_rows[] = {
	/* null first: covers in /proc are clones of it */
	{ "null", 1, 3, "every build writes to it" },
	{ "zero", 1, 5, "dd, and old allocators" },
	{ "full", 1, 7, "tests of a full disk" },
	{ "random", 1, 8, "cryptography" },
	{ "urandom", 1, 9, "cryptography" },
	{ "tty", 5, 0, "the controlling terminal, if there is one: the sandbox's own" },
};

#define TERMINALS "64" /* of the 4096 that the whole host has (/proc/sys/kernel/pty/max) */

static int bind_row(struct root *root, const struct device_row *row, struct failure *f)
{
	/* A device is written to as before: read-only keeps its inode, which is the host's and
	 * outlives us, from being given other times, another mode or attributes. */
	const uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	char path[32];
	own_fd int source = -1, tree = -1;
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", row->name);
	source = host_path_open_system(path, O_PATH);
	if (source < 0 || fstat(source, &st) < 0)
		return fail(f, errno, "open the host's %s", path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(row->major, row->minor))
		return fail(f, 0, "the host's %s is not the character device %u:%u", path,
			row->major, row->minor);
	tree = mount_clone(source, "", 0, attributes);
	if (tree < 0 || mount_target_make(root->root_fd, path + 1) < 0 ||
		mount_attach(tree, root->root_fd, path + 1) < 0)
		return fail(f, errno, "bind the host's %s", path);
	if (row == &device_rows[0])
		root->null_fd = own_fd_give(&tree);
	return 0;
}

/* POSIX queues are files, and Landlock permits to open what a path leads to. A kernel without
 * them says ENOSYS to mq_open(3). */
static int mount_queues(struct root *root, struct failure *f)
{
	own_fd int queues = mount_new(
		"mqueue", NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, f);

	if (queues < 0)
		return f->errnum == ENODEV ? 0 : -1;
	if (mount_attach(queues, root->root_fd, "dev/mqueue") < 0)
		return fail(f, errno, "attach /dev/mqueue");
	return 0;
}

int root_device_bind(struct root *root, const struct user_ids *ids, struct failure *f)
{
	char gid[16];
	struct mount_setting settings[] = { { "ptmxmode", "666" }, { "mode", "620" },
		{ "gid", gid }, { "max", TERMINALS } };
	own_fd int pts = -1;

	snprintf(gid, sizeof(gid), "%u", ids->builder_gid);
	for (size_t i = 0; i < ARRAY_LEN(device_rows); i++)
		if (bind_row(root, &device_rows[i], f) < 0)
			return -1;
	pts = mount_new(
		"devpts", settings, ARRAY_LEN(settings), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, f);
	if (pts < 0)
		return -1;
	if (mount_attach(pts, root->root_fd, "dev/pts") < 0)
		return fail(f, errno, "attach /dev/pts");
	return mount_queues(root, f);
}

int root_device_prove(struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(device_rows); i++) {
		char path[32];
		struct statfs fs;

		snprintf(path, sizeof(path), "/dev/%s", device_rows[i].name);
		if (statfs(path, &fs) < 0)
			return fail(f, errno, "look at %s", path);
		if ((fs.f_flags & ST_RDONLY) == 0)
			return fail(f, 0, "the inode of %s is not read-only", path);
	}
	return 0;
}

void root_device_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(device_rows); i++)
		root_row_say(
			row, data, "/dev/", device_rows[i].name, "device", device_rows[i].reason);
	row(data, "/dev/pts", "devpts of its own, at most " TERMINALS " terminals");
	row(data, "/dev/mqueue", "POSIX message queues of the build's own");
}
