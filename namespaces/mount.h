/* namespaces/mount.h: the mount calls, by descriptor.
 *
 * Runs in  a process with CAP_SYS_ADMIN over its own mount namespace.
 * Needs    Linux 5.14 (fsopen, open_tree, mount_setattr, move_mount).
 * Returns  a new mount as a descriptor that the caller owns, or 0; -1 on failure. What
 *          takes no failure leaves errno, for callers that know better what they did.
 * Order    a root is attached first and filled then: filling one that is still detached
 *          works only from 6.15 on.
 * Source   mount_setattr(2), open_tree(2), move_mount(2), pivot_root(2).
 */
#ifndef NAMESPACES_MOUNT_H
#define NAMESPACES_MOUNT_H

#include "sandbox/base/failure.h"

#include <stddef.h>
#include <stdint.h>

struct mount_setting {
	const char *key, *value;
};

/* A new file system of a type, detached. attributes: MOUNT_ATTR_*. */
int mount_new(const char *type, const struct mount_setting *settings, size_t n, uint64_t attributes,
	struct failure *f);
int mount_new_tmpfs(
	uint64_t bytes, uint64_t inodes, const char *mode, uint64_t attributes, struct failure *f);
/* Change the size of the tmpfs at fd. Fails if more is in use already. */
int mount_resize_tmpfs(int fd, uint64_t bytes, uint64_t inodes);

/* Clone the mount at path below fd ("": fd itself) as a private, detached one with
 * attributes added. recursive: AT_RECURSIVE or 0. */
int mount_clone(int fd, const char *path, unsigned recursive, uint64_t attributes);
/* Clone a mount of our own that is attached here: private, and with the attributes that it has.
 * name: of what lies in the directory fd, and a link's is the link; "": fd itself. */
int mount_clone_own(int fd, const char *name);
/* All that is mounted at fd, read-only, nosuid, nodev. */
int mount_clone_read_only(int fd, struct failure *f);

/* What is in the directory fd, read-only, nosuid, nodev, through an overlay. empty_fd is a
 * directory that is empty and stays so. Through an overlay a file has an inode of its own:
 * nobody listens at a socket, a FIFO is another one, locks and watches meet nobody outside,
 * fsync(2) does nothing. -1 with errno: where the kernel has none, where overlays are stacked
 * too deep, or where something is mounted below. */
int mount_overlay_read_only(int fd, int empty_fd);

/* An overlay of these settings, whose directories are named by descriptor; a setting without a
 * value is a flag. -1 with errno. */
int mount_overlay(const struct mount_setting *settings, size_t n, uint64_t attributes);

/* Attach a detached mount at path below directory, or AT_FDCWD. */
int mount_attach(int mount, int directory, const char *path);
/* Bind what fd is of, read-only, onto a path that exists. */
int mount_bind_at(int fd, const char *path, struct failure *f);
/* Attach a new tmpfs at path: for few files, and no program. */
int mount_tmpfs_at(const char *path, uint64_t bytes, struct failure *f);
/* Make an empty file below directory to attach onto. */
int mount_target_make(int directory, const char *path);

/* Let nothing pass between our mounts and those of the namespace that we came from. */
int mount_part(struct failure *f);
/* Make root_fd, which is attached, the root, and let go of the old one. */
int mount_enter(int root_fd, struct failure *f);
/* Add attributes to what is mounted at path below fd ("": fd itself); recursive as above. */
int mount_restrict(int fd, const char *path, unsigned recursive, uint64_t attributes);

#endif
