#include "namespaces/root_tree.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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
