#include "namespaces/root_tree.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The directory that it is attached to is empty, and once covered stays so. */
static int overlay(struct root *root, int source_fd, const char *path)
{
	own_fd int empty = openat(root->root_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int tree = empty < 0 ? -1 : mount_overlay_read_only(source_fd, empty);

	if (tree < 0 && root->bound[0] == '\0')
		snprintf(root->bound, sizeof(root->bound), "/%.40s: %s", path, strerror(errno));
	return tree;
}

int root_tree_attach(struct root *root, int source_fd, const char *path, struct failure *f)
{
	own_fd int tree = -1;
	struct stat st;

	if (fstat(source_fd, &st) < 0)
		return fail(f, errno, "look at the host's /%s", path);
	if (S_ISDIR(st.st_mode))
		tree = overlay(root, source_fd, path);
	if (tree < 0)
		tree = mount_clone_read_only(source_fd, f);
	if (tree < 0)
		return -1;
	return mount_attach(tree, root->root_fd, path) < 0 ? fail(f, errno, "attach /%s", path) : 0;
}

int root_tree_overlay(const struct root *root, int source_fd, const char *name)
{
	own_fd int empty = -1, tree = -1;

	/* Nobody's to walk through, not even where it can be seen. */
	if (mkdirat(root->hidden_fd, name, 0) < 0)
		return -1;
	empty = openat(root->hidden_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	tree = empty < 0 ? -1 : mount_overlay_read_only(source_fd, empty);
	/* Attached, or it could not be cloned from (until 6.15). */
	if (tree < 0 || mount_attach(tree, root->hidden_fd, name) < 0)
		return -1;
	return own_fd_give(&tree);
}

static int open_part(int overlay_fd, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	if (overlay_fd < 0)
		return -1;
	return (int)syscall(SYS_openat2, overlay_fd, name, &how, sizeof(how));
}

int root_tree_part(struct root *root, int overlay_fd, const char *name, int source_fd,
	const char *path, struct failure *f)
{
	own_fd int part = open_part(overlay_fd, name);
	own_fd int tree = -1;

	if (part < 0)
		return root_tree_attach(root, source_fd, path, f);
	tree = mount_clone_own(part, "");
	if (tree < 0 || mount_attach(tree, root->root_fd, path) < 0)
		return fail(f, errno, "attach /%s", path);
	return 0;
}

int root_tree_show(
	struct root *root, int overlay_fd, const char *name, const char *path, struct failure *f)
{
	own_fd int tree = overlay_fd < 0 ? -1 : mount_clone_own(overlay_fd, name);

	if (tree < 0)
		return 0;
	if (mkdirat(root->root_fd, path, 0755) < 0)
		return fail(f, errno, "make /%s", path);
	if (mount_attach(tree, root->root_fd, path) == 0)
		return 1;
	/* No directory any more: it goes the way of whatever else the host has. */
	return unlinkat(root->root_fd, path, AT_REMOVEDIR) < 0 ? fail(f, errno, "remove /%s", path)
							       : 0;
}
