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

#endif
