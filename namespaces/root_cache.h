/* namespaces/root_cache.h: where the builder finds its caches (--cache).
 *
 * Each is a mount at its place. Lowest the kept generation, which nobody writes to; above it,
 * where this kernel can, what the builder changes, in the one tmpfs of --app-size. Where it cannot
 * there is a directory of that tmpfs, for a copy.
 *
 * Runs in  the keeper, while the host's paths are in sight, before the root is sealed.
 */
#ifndef NAMESPACES_ROOT_CACHE_H
#define NAMESPACES_ROOT_CACHE_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"

/* What was mounted, for who looks through it when all is dead. */
struct root_cache_mount {
	int merged_fd; /* all that is there; -1: not yet */
	int upper_fd;  /* what was changed of it; -1: nobody can tell */
	bool copied;   /* no overlay: the directory is empty, and a kept generation is copied in */
	char why[120]; /* no overlay could be made, or "" */
};
#define ROOT_CACHE_MOUNT_NONE                                                                      \
	{                                                                                          \
		.merged_fd = -1, .upper_fd = -1                                                    \
	}

/* Of the plan's caches the one of that number. tree_fd: its kept generation; -1: it has none. What
 * was made before a failure stays in *ret. */
int root_cache_mount(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	size_t number, int tree_fd, struct root_cache_mount *ret, struct failure *f);
/* May destination be a cache's? As of a --ro-bind. */
int root_cache_allow(const char *destination, struct failure *f);
/* Make what the places need, below another directory than the root. */
int root_cache_places(int directory_fd, const struct root_plan *plan, struct failure *f);
/* In the fetcher's mount namespace: it reads none, and writes to none. */
int root_cache_shut(const struct root_plan *plan, struct failure *f);
void root_cache_each(const struct root_plan *plan, root_row_fn row, void *data);

#endif
