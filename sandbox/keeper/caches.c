#include "sandbox/keeper/caches.h"

#include "sandbox/base/own.h"
#include "sandbox/store/tree_copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A kept generation in our own mount namespace; *ret_fd stays -1 where there is none. */
static int open_tree_of(struct keeper *k, size_t number, int *ret_fd, struct failure *f)
{
	const struct root_cache *cache = &k->plan->root.caches[number];
	own_fd int path_fd = -1;

	if (k->plan->user.range != k->ids.range) {
		k->caches_news[number].unusable = true;
		snprintf(k->caches_news[number].why, sizeof(k->caches_news[number].why),
			"it is for a range of ids, and there is one");
		return 0;
	}
	if (cache->tree.path == NULL)
		return 0;
	path_fd = host_path_reopen(&cache->tree, f);
	if (path_fd < 0)
		return -1;
	*ret_fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? fail(f, errno, "open the cache %s", cache->name) : 0;
}

/* Into the place, where no overlay could show it. */
static int copy_in(struct keeper *k, size_t number, int tree_fd, struct failure *f)
{
	struct tree_copy copy = { .most_bytes = UINT64_MAX,
		.most_files = TREE_COPY_FILES,
		.uid = k->ids.builder_uid,
		.gid = k->ids.builder_gid };

	if (tree_copy(&copy, tree_fd, k->caches[number].merged_fd, f) == 0)
		return 0;
	if (f->errnum == ENOSPC)
		fail_remedy(f, "without an overlay a cache is copied, and counts against "
			       "--app-size and --app-inodes");
	return -1;
}

static int lay(struct keeper *k, size_t number, struct failure *f)
{
	struct root_cache_mount *mount = &k->caches[number];
	struct cache_news *news = &k->caches_news[number];
	own_fd int tree_fd = -1;

	if (open_tree_of(k, number, &tree_fd, f) < 0 ||
		root_cache_mount(&k->root, &k->plan->root, &k->ids, number, tree_fd, mount, f) < 0)
		return -1;
	if (tree_fd < 0 || !mount->copied)
		return 0;
	news->copied = true;
	snprintf(news->why, sizeof(news->why), "%.*s", (int)sizeof(news->why) - 1, mount->why);
	return copy_in(k, number, tree_fd, f);
}

int caches_lay(struct keeper *k, struct failure *f)
{
	for (size_t i = 0; i < k->plan->root.caches_n; i++)
		if (lay(k, i, f) < 0)
			return -1;
	return 0;
}

int caches_hand_over(struct keeper *k, struct failure *f)
{
	for (size_t i = 0; i < k->plan->root.caches_n; i++) {
		struct root_cache_mount *mount = &k->caches[i];
		struct message message = { .type = MESSAGE_CACHE, .status = (int32_t)i };
		struct packet_fds fds = { { mount->merged_fd, mount->upper_fd },
			mount->upper_fd >= 0 ? 2 : 1 };

		if (message_send(k->ends.socket, &message, &fds, f) < 0)
			return -1;
		own_fd_end(&mount->merged_fd);
		own_fd_end(&mount->upper_fd);
	}
	return 0;
}
