/* namespaces/root_tree.h: a tree of the host in the root, to be read and no more.
 *
 * Read-only does not keep a builder from connect(2) to a socket in the tree, from opening a
 * FIFO, from locking files, or from making the host's disk flush by fsync(2). An overlay does,
 * for what appears later as well.
 */
#ifndef NAMESPACES_ROOT_TREE_H
#define NAMESPACES_ROOT_TREE_H

#include "namespaces/root.h"

/* Attach what source_fd is of at path in the root, where a directory or an empty file is. A
 * directory where no overlay can be is bound, and root->bound says why. */
int root_tree_attach(struct root *root, int source_fd, const char *path, struct failure *f);

/* One overlay of a whole directory of which parts are shown: each is a clone, where a file
 * system for each would cost five times as much. It is hidden beneath /run, by name. -1 where
 * none can be, as where something is mounted below (/etc in a container of Docker's). */
int root_tree_overlay(const struct root *root, int source_fd, const char *name);

/* Attach what is called name in that overlay (-1: there is none) at path in the root, where a
 * directory is; or source_fd as above, which is the same, where a link leads to it or there is
 * no such overlay. */
int root_tree_part(struct root *root, int overlay_fd, const char *name, int source_fd,
	const char *path, struct failure *f);

/* The same where it is known to be a directory, and makes path itself: 1; 0, and nothing is made:
 * there is none of that name in the overlay. */
int root_tree_show(
	struct root *root, int overlay_fd, const char *name, const char *path, struct failure *f);

#endif
