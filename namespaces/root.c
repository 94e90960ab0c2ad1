/* The root of the builder. Every row of the tables, here and in the files beside, is one
 * thing that it sees of the host or of cofferdam; what has no row is not there. */
#include "namespaces/root.h"

#include "namespaces/mount.h"
#include "namespaces/root_bind.h"
#include "namespaces/root_cache.h"
#include "namespaces/root_device.h"
#include "namespaces/root_etc.h"
#include "namespaces/root_figures.h"
#include "namespaces/root_group.h"
#include "namespaces/root_image.h"
#include "namespaces/root_proc.h"
#include "namespaces/root_script.h"
#include "namespaces/root_secret.h"
#include "namespaces/root_sys.h"
#include "namespaces/root_tree.h"
#include "namespaces/root_var.h"
#include "namespaces/root_work.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#define OWN_BYTES  (4 * 1024 * 1024) /* cofferdam's own few files and directories */
#define OWN_INODES 4096

/* Directories of the new root, parents first; the places of the work space are root_work.c's. */
static const char *const directories[] = { "dev", "etc", "home", "proc", "run", "sys", "usr",
	"var" };

/* The places of the file system that is read-only in the end. /run is the last: it hides all of
 * that file system, which had to be attached to be cloned from (until 6.15), and stays
 * beneath: to unmount it would cost an RCU grace period, and nobody inside may. */
static const char *const own_places[] = { "etc", "dev", "sys", "run" };

static const char *const own_directories[] = { "dev/pts", "dev/shm", "dev/mqueue", "etc/ssl" };

/* Below the root, what a system has as links into /usr or as directories. */
static const char *const toolchain[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

static const struct link_row {
	const char *path, *target;
} link_rows[] = {
	{ "dev/fd", "/proc/self/fd" }, { "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" }, { "dev/stderr", "/proc/self/fd/2" },
	{ "dev/ptmx", "pts/ptmx" }, { "var/run", "/run" },
	{ "etc/os-release", "../usr/lib/os-release" }, { "etc/mtab", "/proc/self/mounts" },
	{ "etc/localtime", "../usr/share/zoneinfo/Etc/UTC" }, /* not the host's */
};

/* Attach the file system of what the builder only reads, and its places. */
static int own_mount(const struct root *root, struct failure *f)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	own_fd int own = mount_new_tmpfs(OWN_BYTES, OWN_INODES, "755", attributes, f);

	if (own < 0)
		return -1;
	if (mount_attach(own, root->root_fd, "run") < 0)
		return fail(f, errno, "attach the tmpfs for /etc, /dev, /sys and /run");
	for (size_t i = 0; i < ARRAY_LEN(own_places); i++) {
		own_fd int place = -1;

		if (mkdirat(own, own_places[i], 0755) < 0)
			return fail(f, errno, "make the directory /%s", own_places[i]);
		place = mount_clone(own, own_places[i], 0, attributes);
		if (place < 0 || mount_attach(place, root->root_fd, own_places[i]) < 0)
			return fail(f, errno, "attach /%s", own_places[i]);
	}
	if (mount_restrict(own, "", 0, MOUNT_ATTR_RDONLY) < 0)
		return fail(f, errno, "make what is hidden beneath /run read-only");
	for (size_t i = 0; i < ARRAY_LEN(own_directories); i++)
		if (mkdirat(root->root_fd, own_directories[i], 0755) < 0)
			return fail(f, errno, "make the directory /%s", own_directories[i]);
	return 0;
}

/* Of a writable root the builder may make nothing: where Landlock says so, or where the
 * directories are another id's, whose files it may not give itself. */
static bool is_shut(const struct root_plan *plan, const struct user_ids *ids)
{
	return plan->landlock || (ids->range && !plan->allow_chown);
}

int root_create(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f)
{
	root->one_tree = is_shut(plan, ids);
	root->root_fd = mount_new_tmpfs(plan->bytes, plan->inodes + OWN_INODES, "755",
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);
	if (root->root_fd < 0)
		return -1;
	/* On top of the old root: our own root stays the old one until mount_enter(). */
	if (mount_attach(root->root_fd, AT_FDCWD, "/") < 0)
		return fail(f, errno, "attach the new root");
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdirat(root->root_fd, directories[i], 0755) < 0)
			return fail(f, errno, "make the directory /%s", directories[i]);
	root->hidden_fd = openat(root->root_fd, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->hidden_fd < 0)
		return fail(f, errno, "open the directory beneath /run");
	if (own_mount(root, f) < 0)
		return -1;
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

int root_seal(struct root *root, const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(own_places); i++)
		if (mount_restrict(root->root_fd, own_places[i], 0, MOUNT_ATTR_RDONLY) < 0)
			return fail(f, errno, "make /%s read-only", own_places[i]);
	if (!root->one_tree && mount_restrict(root->root_fd, "", 0, MOUNT_ATTR_RDONLY) < 0)
		return fail(f, errno, "make the root read-only");
	return root_work_bound(root, plan, f);
}

int root_prove(const struct root *root, struct failure *f)
{
	static const char *const read_only[] = { "/usr", "/etc", "/dev", "/sys", "/run",
		"/proc/sys", "/" /* the last: unless it is one tree */ };
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_LEN(read_only); i++) {
		if (statfs(read_only[i], &fs) < 0)
			return fail(f, errno, "look at %s", read_only[i]);
		if ((fs.f_flags & ST_RDONLY) == 0 &&
			!(root->one_tree && i == ARRAY_LEN(read_only) - 1))
			return fail(f, 0, "%s is not read-only", read_only[i]);
	}
	if (fs.f_type != TMPFS_MAGIC)
		return fail(f, 0, "the root is not the sandbox's own tmpfs");
	return root_device_prove(f) < 0 || root_group_prove(f) < 0 ? -1 : root_proc_prove(f);
}

int root_prove_shut(struct failure *f)
{
	static const char *const shut[] = { "/trial", "/home/trial", "/var/trial" };

	for (size_t i = 0; i < ARRAY_LEN(shut); i++) {
		if (mkdir(shut[i], 0700) == 0)
			return fail(f, 0, "the builder could make %s", shut[i]);
		if (errno != EACCES && errno != EROFS)
			return fail(f, errno, "see that nobody can make %s", shut[i]);
	}
	return 0;
}

void root_each(
	const struct root_plan *plan, const struct etc_public *public, root_row_fn row, void *data)
{
	if (plan->image.path != NULL) {
		root_image_each(plan, row, data);
		root_work_each(row, data);
		return;
	}
	row(data, "/", "tmpfs, of which the builder writes to its places alone, one budget");
	row(data, "/usr",
		"the host's, read-only, nosuid, nodev, through an overlay: the toolchain");
	for (size_t i = 0; i < ARRAY_LEN(toolchain); i++)
		root_row_say(
			row, data, "/", toolchain[i], "as the host has it", "a link, or read-only");
	root_etc_each(public, row, data);
	for (size_t i = 0; i < ARRAY_LEN(link_rows); i++)
		root_row_say(row, data, "/", link_rows[i].path, "a link", link_rows[i].target);
	root_var_each(row, data);
	root_sys_each(row, data);
	root_group_each(row, data);
	root_work_each(row, data);
	root_secret_each(plan, row, data);
	root_script_each(plan, row, data);
	root_device_each(row, data);
	root_proc_each(row, data);
	root_figures_each(row, data);
	root_bind_each(plan, row, data);
	root_cache_each(plan, row, data);
}
