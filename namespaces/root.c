/* The root of the builder. Every row of the tables, here and in the files beside, is one
 * thing that it sees of the host or of cofferdam; what has no row is not there. */
#include "namespaces/root.h"

#include "namespaces/mount.h"
#include "namespaces/root_bind.h"
#include "namespaces/root_device.h"
#include "namespaces/root_etc.h"
#include "namespaces/root_proc.h"
#include "namespaces/root_tree.h"
#include "namespaces/root_work.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#define ROOT_BYTES  (4 * 1024 * 1024) /* cofferdam's own few files and directories */
#define ROOT_INODES 4096

/* Directories of the new root, parents first. */
static const char *const directories[] = { "app", "dev", "dev/pts", "dev/shm", "dev/mqueue", "etc",
	"etc/ssl", "home", "home/builder", "proc", "run", "tmp", "usr", "var", "var/tmp" };

/* Below the root, what a system has as links into /usr or as directories. */
static const char *const toolchain[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

static const struct link_row {
	const char *path, *target;
} link_rows[] = {
	{ "dev/fd", "/proc/self/fd" },
	{ "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" },
	{ "dev/stderr", "/proc/self/fd/2" },
	{ "dev/ptmx", "pts/ptmx" },
	{ "var/run", "/run" },
	{ "etc/os-release", "../usr/lib/os-release" },
	{ "etc/mtab", "/proc/self/mounts" },
};

int root_create(struct root *root, struct failure *f)
{
	root->root_fd = mount_new_tmpfs(
		ROOT_BYTES, ROOT_INODES, "755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);
	if (root->root_fd < 0)
		return -1;
	/* On top of the old root: our own root stays the old one until mount_enter(). */
	if (mount_attach(root->root_fd, AT_FDCWD, "/") < 0)
		return fail(f, errno, "attach the new root");
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdirat(root->root_fd, directories[i], 0755) < 0)
			return fail(f, errno, "make the directory /%s", directories[i]);
	for (size_t i = 0; i < ARRAY_LEN(link_rows); i++)
		if (symlinkat(link_rows[i].target, root->root_fd, link_rows[i].path) < 0)
			return fail(f, errno, "make the link /%s", link_rows[i].path);
	return 0;
}

static int toolchain_directory(struct root *root, const char *name, struct failure *f)
{
	char path[32];
	own_fd int source = -1;

	snprintf(path, sizeof(path), "/%s", name);
	source = host_path_open_system(path, O_PATH);
	if (source < 0)
		return fail(f, errno, "open the host's %s", path);
	return root_tree_attach(root, source, name, f);
}

int root_toolchain(struct root *root, struct failure *f)
{
	if (toolchain_directory(root, "usr", f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(toolchain); i++) {
		char path[16], target[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/%s", toolchain[i]);
		n = readlink(path, target, sizeof(target) - 1);
		if (n >= 0) {
			target[n] = '\0';
			if (symlinkat(target, root->root_fd, toolchain[i]) < 0)
				return fail(f, errno, "make the link %s", path);
		} else if (errno == EINVAL) { /* a directory of its own */
			if (mkdirat(root->root_fd, toolchain[i], 0755) < 0)
				return fail(f, errno, "make the directory %s", path);
			if (toolchain_directory(root, toolchain[i], f) < 0)
				return -1;
		} else if (errno != ENOENT) {
			return fail(f, errno, "look at the host's %s", path);
		}
	}
	return 0;
}

int root_seal(const struct root *root, struct failure *f)
{
	if (mount_restrict(root->root_fd, 0, MOUNT_ATTR_RDONLY) < 0)
		return fail(f, errno, "make the root read-only");
	return 0;
}

int root_prove(struct failure *f)
{
	static const char *const read_only[] = { "/", "/usr", "/etc", "/proc/sys" };
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_LEN(read_only); i++) {
		if (statfs(read_only[i], &fs) < 0)
			return fail(f, errno, "look at %s", read_only[i]);
		if ((fs.f_flags & ST_RDONLY) == 0)
			return fail(f, 0, "%s is not read-only", read_only[i]);
	}
	if (statfs("/", &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return fail(f, 0, "the root is not the sandbox's own tmpfs");
	return root_device_prove(f) < 0 ? -1 : root_proc_prove(f);
}

void root_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	row(data, "/", "tmpfs, read-only once built");
	row(data, "/usr",
		"the host's, read-only, nosuid, nodev, through an overlay: the toolchain");
	for (size_t i = 0; i < ARRAY_LEN(toolchain); i++)
		root_row_say(
			row, data, "/", toolchain[i], "as the host has it", "a link, or read-only");
	root_etc_each(row, data);
	for (size_t i = 0; i < ARRAY_LEN(link_rows); i++)
		root_row_say(row, data, "/", link_rows[i].path, "a link", link_rows[i].target);
	root_work_each(row, data);
	root_device_each(row, data);
	root_proc_each(row, data);
	root_bind_each(plan, row, data);
}
