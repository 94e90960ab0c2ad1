/* namespaces/mount.h: the root that the builder sees, built by descriptor.
 *
 * Runs in  the keeper, with CAP_SYS_ADMIN of the sandbox's user namespace, before
 *          any stranger's byte exists in it.
 * Needs    Linux 5.14 (fsopen, open_tree, mount_setattr, move_mount).
 * Order    as in keeper.c's table. The new root is attached first and then filled:
 *          filling a root that is still detached works only from 6.15 on.
 * Leaves   nothing of the host but what the rows below name.
 * Source   mount_setattr(2), open_tree(2), pivot_root(2).
 */
#ifndef NAMESPACES_MOUNT_H
#define NAMESPACES_MOUNT_H

#include "namespaces/hostpath.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

struct mount_bind {
	struct host_path source;
	char *destination; /* inside, without the leading '/' */
};

struct mount_plan {
	uint64_t bytes, inodes; /* one budget for all that can be written */
	struct mount_bind *binds;
	size_t binds_n;
	bool root_inside;  /* which passwd and group are written */
	bool allow_userns; /* else no user namespace may be made inside */
};

/* What the keeper holds while it builds. Descriptors; -1: not yet. */
struct mount_root {
	int root_fd; /* the new root */
	int work_fd; /* the root of the tmpfs that holds /app, /tmp, … */
	int null_fd; /* a detached clone of /dev/null, the cover for files in /proc */
};

int mount_root_create(struct mount_root *root, struct failure *f);
int mount_toolchain(const struct mount_root *root, struct failure *f);
int mount_etc(const struct mount_root *root, const struct mount_plan *plan, struct failure *f);
int mount_work(struct mount_root *root, const struct mount_plan *plan, const struct user_ids *ids,
	struct failure *f);
int mount_devices(struct mount_root *root, const struct user_ids *ids, struct failure *f);
int mount_proc(const struct mount_root *root, const struct mount_plan *plan, struct failure *f);
int mount_binds(const struct mount_root *root, const struct mount_plan *plan, struct failure *f);
int mount_enter(const struct mount_root *root, struct failure *f);
int mount_seal(const struct mount_root *root, struct failure *f);
/* Make the one budget smaller. Fails if more is in use already. */
int mount_shrink(const struct mount_root *root, uint64_t bytes, uint64_t inodes, struct failure *f);

/* The root is read-only, the host's is gone, every cover stands. */
int mount_prove(struct failure *f);

/* Attach a new tmpfs of bytes at path (the fetcher's /run, in its own namespace). */
int mount_tmpfs(const char *path, uint64_t bytes, struct failure *f);
/* Bind a planned path read-only onto an existing path of this root. */
int mount_bind_at(int source_fd, const char *path, struct failure *f);
/* In this namespace, as an own mount that can be attached later; -1 on failure. */
int mount_clone(int source_fd, struct failure *f);

/* May destination (absolute) be a --ro-bind's? The rows that cofferdam makes itself may
 * not be covered. */
int mount_destination_allow(const char *destination, struct failure *f);

/* Every row of the root, for `cofferdam explain`: a path inside, and what is there. */
typedef void (*mount_row_fn)(void *data, const char *path, const char *what);
void mount_each(const struct mount_plan *plan, mount_row_fn row, void *data);

#endif
