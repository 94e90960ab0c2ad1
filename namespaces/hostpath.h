/* namespaces/hostpath.h: a path of the host, decided once.
 *
 * The launcher resolves and opens it before the clone. A descriptor of the host's
 * mount namespace cannot be bound in another one (open_tree(2) says EINVAL), so the
 * keeper walks the resolved path again in its own copy of the mounts, without
 * following any symlink, and goes on only if it finds the same inode. The launcher
 * keeps its descriptor open meanwhile, so the inode number cannot be used again.
 */
#ifndef NAMESPACES_HOSTPATH_H
#define NAMESPACES_HOSTPATH_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <sys/stat.h>

struct host_path {
	char *path; /* absolute, no symlink in it; NULL: not used. Owned. */
	int fd;     /* O_PATH, in the launcher only */
	dev_t device;
	ino_t inode;
	mode_t mode;
};

/* Resolve path as our user sees it. f names `what` ("--ro-bind source"). */
int host_path_open(const char *what, const char *path, struct host_path *ret, struct failure *f);
void host_path_release(struct host_path *p);

/* In the keeper: the same inode as O_PATH descriptor of this mount namespace. */
int host_path_reopen(const struct host_path *p, struct failure *f);

/* In the keeper: a path of which every part is root's, so that links in it may be followed.
 * What the user names is reopened instead. flags as open(2)'s; -1 with errno. */
int host_path_open_system(const char *path, int flags);

/* Refuse what may never be a mount source, after resolving (SECURITY.md, promise 1): the roots of
 * the host, the user's home itself, and any directory that contains one of these
 * or a container engine's socket. home may be NULL. */
int host_path_allow_mount(const struct host_path *p, const char *home, struct failure *f);

/* The same for a directory that files of a build are to be written into. */
int host_path_allow_write(const struct host_path *p, const char *home, struct failure *f);

/* Refuse a source with a socket or a FIFO anywhere in its tree: whoever sees one may connect
 * or write. For what the builder is to see; it walks the whole tree. What appears there later
 * leads nowhere, by the overlay of root_tree.h. */
int host_path_refuse_doors(const struct host_path *p, struct failure *f);

#endif
