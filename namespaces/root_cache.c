#include "namespaces/root_cache.h"

#include "namespaces/mount.h"
#include "namespaces/root_bind.h"
#include "namespaces/root_overlay.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* ---- the layers ---- */

static int work_directory(
	const struct root *root, const char *what, size_t number, const struct user_ids *ids)
{
	char name[48];

	snprintf(name, sizeof(name), "cache-%zu-%s", number, what);
	return root_overlay_directory(root, name, ids->builder_uid, ids->builder_gid);
}

static int lay(const struct root *root, size_t number, const struct user_ids *ids, int tree_fd,
	struct root_cache_mount *ret)
{
	own_fd int upper = work_directory(root, "upper", number, ids);
	own_fd int work = upper < 0 ? -1 : work_directory(root, "work", number, ids);
	char lower[40];
	bool marks;
	int tree;

	snprintf(lower, sizeof(lower), "/proc/self/fd/%d", tree_fd);
	tree = root_overlay_new(lower, upper, work, &marks);
	if (tree >= 0)
		ret->upper_fd = own_fd_give(&upper);
	return tree;
}

/* A directory that is empty, with nothing beneath it. */
static int plain(const struct root *root, size_t number, const struct user_ids *ids)
{
	own_fd int directory = work_directory(root, "copy", number, ids);

	return directory < 0 ? -1 : mount_clone(directory, "", 0, ATTRIBUTES);
}

/* ---- its place ---- */

/* Make path and what it lies in. What of it is in the builder's own places is the builder's: a
 * program looks for more than its cache below ~/.cache. */
static int place_make(int directory_fd, const char *place, const struct user_ids *ids)
{
	bool in_work = root_bind_is_in_work(place);
	char path[256];

	snprintf(path, sizeof(path), "%s", place);
	for (char *end = path; end != NULL;) {
		end = strchr(end + (end == path ? 0 : 1), '/');
		if (end != NULL)
			*end = '\0';
		if (mkdirat(directory_fd, path, 0755) == 0) {
			if (in_work && fchownat(directory_fd, path, ids->builder_uid,
					       ids->builder_gid, AT_SYMLINK_NOFOLLOW) < 0)
				return -1;
		} else if (errno != EEXIST) {
			return -1;
		}
		if (end != NULL)
			*end = '/';
	}
	return 0;
}

int root_cache_mount(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	size_t number, int tree_fd, struct root_cache_mount *ret, struct failure *f)
{
	const char *place = plan->caches[number].destination;
	own_fd int tree = -1;

	if (tree_fd >= 0)
		tree = lay(root, number, ids, tree_fd, ret);
	if (tree < 0) {
		ret->copied = true;
		if (tree_fd >= 0)
			snprintf(ret->why, sizeof(ret->why), "%s", strerror(errno));
		tree = plain(root, number, ids);
	}
	if (tree < 0)
		return fail(f, errno, "make the place of a cache at /%s", place);
	if (place_make(root->root_fd, place, ids) < 0 ||
		mount_attach(tree, root->root_fd, place) < 0)
		return fail(f, errno, "attach a cache at /%s", place);
	/* To be read through: what was mounted has no such descriptor. */
	ret->merged_fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return ret->merged_fd < 0 ? fail(f, errno, "open the cache at /%s", place) : 0;
}

int root_cache_allow(const char *destination, struct failure *f)
{
	return root_bind_allow("--cache", destination, f);
}

int root_cache_places(int directory_fd, const struct root_plan *plan, struct failure *f)
{
	const struct user_ids nobody = { .range = false };

	for (size_t i = 0; i < plan->caches_n; i++)
		if (!root_bind_is_in_work(plan->caches[i].destination) &&
			place_make(directory_fd, plan->caches[i].destination, &nobody) < 0)
			return fail(f, errno, "make /%s", plan->caches[i].destination);
	return 0;
}

int root_cache_shut(const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < plan->caches_n; i++) {
		char path[264];

		snprintf(path, sizeof(path), "/%s", plan->caches[i].destination);
		if (mount_restrict(AT_FDCWD, path, 0, MOUNT_ATTR_RDONLY) < 0)
			return fail(f, errno, "make %s read-only for the fetcher", path);
	}
	return 0;
}

void root_cache_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	for (size_t i = 0; i < plan->caches_n; i++) {
		const struct root_cache *cache = &plan->caches[i];
		char what[96];

		snprintf(what, sizeof(what), "cache %s", cache->name);
		root_row_say(row, data, "/", cache->destination, what,
			cache->writes ? "what the build leaves there is kept, if it was well"
				      : "what earlier builds left; nothing of this one is kept");
	}
}
