#include "namespaces/root_image.h"

#include "namespaces/mount.h"
#include "namespaces/root_bind.h"
#include "namespaces/root_cache.h"
#include "namespaces/root_device.h"
#include "namespaces/root_figures.h"
#include "namespaces/root_group.h"
#include "namespaces/root_image_etc.h"
#include "namespaces/root_overlay.h"
#include "namespaces/root_proc.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#define OWN_BYTES  (4 * 1024 * 1024) /* two copied files, and names */
#define OWN_INODES 1024

/* Where the tmpfs is attached while the overlay is made: a layer has to be. */
#define OWN_PLACE  "image"

/* In the overlay's middle layer, parents first. What is mounted is carried over, with all
 * that is mounted beneath it. */
static const struct place_row {
	const char *path;
	bool carried;
	const char *reason;
} place_rows[] = {
	{ "app", true, "the clone and the build" },
	{ "dev", true, "devices of the sandbox, not the image's" },
	{ "etc", false, "what is written anew lies there" },
	{ "home", false, "home/builder lies there" },
	{ "home/builder", true, "caches and settings that tools write" },
	{ "proc", true, "a new instance" },
	{ "run", true, "cofferdam's sockets and secrets, not the image's" },
	{ "sys", true, "made up: the processors that /proc shows" },
	{ "tmp", true, "temporary files" },
	{ "var", false, "var/tmp lies there" },
	{ "var/tmp", true, "temporary files" },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "var/run", "/run" },
	{ "etc/mtab", "/proc/self/mounts" },
};

bool root_image_is_own(const char *name)
{
	static const char *const own[] = { "app", "dev", "proc", "run", "sys", "tmp" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

/* ---- the layers ---- */

static int own_layer(struct root *root, const struct root_plan *plan, int image_fd, int *ret_fd,
	struct failure *f)
{
	own_fd int fd = mount_new_tmpfs(
		OWN_BYTES, OWN_INODES, "755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);

	if (fd < 0)
		return -1;
	if (mkdirat(root->root_fd, OWN_PLACE, 0755) < 0 ||
		mount_attach(fd, root->root_fd, OWN_PLACE) < 0)
		return fail(f, errno, "attach the layer over the image");
	for (size_t i = 0; i < ARRAY_LEN(place_rows); i++)
		if (mkdirat(fd, place_rows[i].path, 0755) < 0)
			return fail(f, errno, "make /%s over the image", place_rows[i].path);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].target, fd, links[i].path) < 0)
			return fail(f, errno, "make /%s over the image", links[i].path);
	if (root_image_etc_write(fd, image_fd, plan, f) < 0 || root_bind_places(fd, plan, f) < 0 ||
		root_cache_places(fd, plan, f) < 0)
		return -1;
	*ret_fd = own_fd_give(&fd);
	return 0;
}

static int writable_overlay(struct root *root, const struct user_ids *ids, int over, int image)
{
	/* As the image's own root is to appear. */
	const uid_t uid = ids->range ? 0 : ids->builder_uid;
	const gid_t gid = ids->range ? 0 : ids->builder_gid;
	own_fd int upper = root_overlay_directory(root, "upper", uid, gid);
	own_fd int work = upper < 0 ? -1 : root_overlay_directory(root, "overlay", uid, gid);
	char layers[64];
	bool marks;
	int tree;

	snprintf(layers, sizeof(layers), "/proc/self/fd/%d:/proc/self/fd/%d", over, image);
	tree = root_overlay_new(layers, upper, work, &marks);
	if (tree < 0)
		snprintf(root->image_sealed, sizeof(root->image_sealed), "%s: %s",
			marks ? "no writable overlay can be made here"
			      : "a tmpfs has no user attributes here (Linux 6.6 has)",
			strerror(errno));
	return tree;
}

int root_image_lay(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f)
{
	own_fd int image = own_fd_give(&root->tree_fd), own = -1;

	if (plan->image.path == NULL)
		return 0;
	if (!plan->image_packed)
		image = host_path_reopen(&plan->image, f);
	if (image < 0 || own_layer(root, plan, image, &own, f) < 0)
		return -1;
	root->image_fd = writable_overlay(root, ids, own, image);
	if (root->image_fd < 0)
		root->image_fd = mount_overlay_read_only(image, own);
	return root->image_fd < 0 ? fail(f, errno, "lay an overlay over %s", plan->image.path) : 0;
}

/* ---- the change ---- */

static int carry(const struct root *root, const char *path, struct failure *f)
{
	own_fd int tree = mount_clone(root->root_fd, path, AT_RECURSIVE, 0);

	if (tree < 0)
		return fail(f, errno, "take /%s along", path);
	return mount_attach(tree, root->image_fd, path) < 0
		       ? fail(f, errno, "attach /%s over the image", path)
		       : 0;
}

int root_image_enter(struct root *root, const struct root_plan *plan, struct failure *f)
{
	if (plan->image.path == NULL)
		return 0;
	if (mount_attach(root->image_fd, AT_FDCWD, "/") < 0)
		return fail(f, errno, "attach the image");
	for (size_t i = 0; i < ARRAY_LEN(place_rows); i++)
		if (place_rows[i].carried && carry(root, place_rows[i].path, f) < 0)
			return -1;
	for (size_t i = 0; i < plan->binds_n; i++)
		if (!root_bind_is_in_work(plan->binds[i].destination) &&
			carry(root, plan->binds[i].destination, f) < 0)
			return -1;
	for (size_t i = 0; i < plan->caches_n; i++)
		if (!root_bind_is_in_work(plan->caches[i].destination) &&
			carry(root, plan->caches[i].destination, f) < 0)
			return -1;
	if (mount_enter(root->image_fd, f) < 0)
		return -1;
	own_fd_end(&root->root_fd);
	root->root_fd = own_fd_give(&root->image_fd);
	return 0;
}

int root_image_prove(const struct root *root, struct failure *f)
{
	struct statfs fs;

	if (statfs("/", &fs) < 0 || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return fail(f, 0, "the root is not the image's overlay");
	if (root->image_sealed[0] != '\0' && (fs.f_flags & ST_RDONLY) == 0)
		return fail(f, 0, "the image's root is not read-only");
	if (access("/" OWN_PLACE "/etc/hostname", F_OK) == 0)
		return fail(f, 0, "the root before the image's is still in sight");
	return root_device_prove(f) < 0 || root_group_prove(f) < 0 ? -1 : root_proc_prove(f);
}

void root_image_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	root_row_say(row, data, "/", "", plan->image.path,
		"--rootfs, beneath an overlay; what is written counts as /app does");
	root_image_etc_each(row, data);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		root_row_say(row, data, "/", links[i].path, "a link", links[i].target);
	root_group_each(row, data);
	root_device_each(row, data);
	root_proc_each(row, data);
	root_figures_each(row, data);
	root_bind_each(plan, row, data);
	root_cache_each(plan, row, data);
}
