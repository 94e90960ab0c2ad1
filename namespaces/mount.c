#include "namespaces/mount.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

int mount_clone(int fd, const char *path, unsigned recursive, uint64_t attributes)
{
	struct mount_attr attr = {
		.attr_set = attributes,
		.propagation = MS_PRIVATE, /* what the host mounts later stays outside */
	};
	own_fd int tree = open_tree(
		fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr)) < 0)
		return -1;
	return own_fd_give(&tree);
}

int mount_clone_own(int fd, const char *name)
{
	return open_tree(fd, name,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

int mount_clone_read_only(int fd, struct failure *f)
{
	int tree = mount_clone(
		fd, "", AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);

	return tree >= 0 ? tree : fail(f, errno, "clone a mount");
}

int mount_overlay(const struct mount_setting *settings, size_t n, uint64_t attributes)
{
	own_fd int context = fsopen("overlay", FSOPEN_CLOEXEC);

	if (context < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (fsconfig(context,
			    settings[i].value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			    settings[i].key, settings[i].value, 0) < 0)
			return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(context, FSMOUNT_CLOEXEC, attributes);
}

int mount_overlay_read_only(int fd, int empty_fd)
{
	char lower[64];
	const struct mount_setting layers = { "lowerdir", lower };

	/* By descriptor: a path could hold colons, and lead elsewhere by now. Without a writable
	 * layer there have to be two (Documentation/filesystems/overlayfs.rst). */
	snprintf(lower, sizeof(lower), "/proc/self/fd/%d:/proc/self/fd/%d", empty_fd, fd);
	return mount_overlay(&layers, 1, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

int mount_attach(int mount, int directory, const char *path)
{
	return move_mount(mount, "", directory, path, MOVE_MOUNT_F_EMPTY_PATH);
}

int mount_bind_at(int fd, const char *path, struct failure *f)
{
	own_fd int tree = mount_clone_read_only(fd, f);

	if (tree < 0)
		return -1;
	if (mount_attach(tree, AT_FDCWD, path) < 0)
		return fail(f, errno, "bind %s", path);
	return 0;
}

int mount_new(const char *type, const struct mount_setting *settings, size_t n, uint64_t attributes,
	struct failure *f)
{
	own_fd int context = fsopen(type, FSOPEN_CLOEXEC);
	own_fd int mount = -1;

	if (context < 0)
		return fail(f, errno, "open a new %s", type);
	for (size_t i = 0; i < n; i++)
		if (fsconfig(context, FSCONFIG_SET_STRING, settings[i].key, settings[i].value, 0) <
			0)
			return fail(f, errno, "set %s=%s of a new %s", settings[i].key,
				settings[i].value, type);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail(f, errno, "create a new %s", type);
	mount = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	if (mount < 0)
		return fail(f, errno, "mount a new %s", type);
	return own_fd_give(&mount);
}

int mount_new_tmpfs(
	uint64_t bytes, uint64_t inodes, const char *mode, uint64_t attributes, struct failure *f)
{
	char size[24], nr_inodes[24];
	struct mount_setting settings[] = {
		{ "size", size }, { "nr_inodes", nr_inodes }, { "mode", mode },
		{ "huge",
			"never" }, /* a file of one byte may not take 2 MiB, whatever the host's default */
	};

	/* tmpfs(5): 0 means without limit, for both; the plan never says 0. */
	snprintf(size, sizeof(size), "%llu", (unsigned long long)bytes);
	snprintf(nr_inodes, sizeof(nr_inodes), "%llu", (unsigned long long)inodes);
	return mount_new("tmpfs", settings, ARRAY_LEN(settings), attributes, f);
}

int mount_resize_tmpfs(int fd, uint64_t bytes, uint64_t inodes)
{
	own_fd int context = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	char size[24], nr_inodes[24];

	snprintf(size, sizeof(size), "%llu", (unsigned long long)bytes);
	snprintf(nr_inodes, sizeof(nr_inodes), "%llu", (unsigned long long)inodes);
	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
		fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", nr_inodes, 0) < 0)
		return -1;
	return fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
}

int mount_tmpfs_at(const char *path, uint64_t bytes, struct failure *f)
{
	own_fd int tmpfs = mount_new_tmpfs(
		bytes, 256, "755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, f);

	if (tmpfs < 0)
		return -1;
	if (mount_attach(tmpfs, AT_FDCWD, path) < 0)
		return fail(f, errno, "attach a tmpfs at %s", path);
	return 0;
}

int mount_target_make(int directory, const char *path)
{
	own_fd int fd =
		openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : 0;
}

int mount_part(struct failure *f)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
		       ? fail(f, errno, "part from the host's mounts")
		       : 0;
}

int mount_enter(int root_fd, struct failure *f)
{
	/* pivot_root(2): with both names "." the old root ends up mounted on the new
	 * one, from where it is detached. */
	if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(f, errno, "enter the new root");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(f, errno, "let go of the host's root");
	if (chdir("/") < 0)
		return fail(f, errno, "change to the new root");
	return 0;
}

int mount_restrict(int fd, const char *path, unsigned recursive, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };

	return mount_setattr(fd, path, AT_EMPTY_PATH | recursive, &attr, sizeof(attr));
}
