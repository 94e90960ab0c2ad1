/* namespaces/root.h: the root that the builder sees, row by row.
 *
 * Runs in  the keeper, with CAP_SYS_ADMIN of the sandbox's user namespace, before
 *          any stranger's byte exists in it.
 * Order    as in keeper.c's table. The new root is attached first and then filled.
 * Leaves   nothing of the host but what the rows name.
 */
#ifndef NAMESPACES_ROOT_H
#define NAMESPACES_ROOT_H

#include "namespaces/hostpath.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

struct root_bind {
	struct host_path source;
	char *destination; /* inside, without the leading '/' */
};

struct root_plan {
	uint64_t bytes, inodes; /* one budget for all that can be written */
	struct root_bind *binds;
	size_t binds_n;
	bool root_inside;  /* which passwd and group are written */
	bool allow_userns; /* else no user namespace may be made inside */
};

/* What the keeper holds while it builds. Descriptors; -1: not yet. */
struct root {
	int root_fd; /* the new root */
	int work_fd; /* the root of the tmpfs that holds /app, /tmp, … */
	int null_fd; /* a detached clone of /dev/null, the cover for files in /proc */
};

int root_create(struct root *root, struct failure *f);
int root_toolchain(const struct root *root, struct failure *f);
int root_etc(const struct root *root, const struct root_plan *plan, struct failure *f);
int root_work(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f);
int root_devices(struct root *root, const struct user_ids *ids, struct failure *f);
int root_proc(const struct root *root, const struct root_plan *plan, struct failure *f);
int root_binds(const struct root *root, const struct root_plan *plan, struct failure *f);
int root_seal(const struct root *root, struct failure *f);
/* Make the one budget smaller. Fails if more is in use already. */
int root_shrink(const struct root *root, uint64_t bytes, uint64_t inodes, struct failure *f);

/* The root is read-only, the host's is gone, every cover stands. */
int root_prove(struct failure *f);

/* May destination (absolute) be a --ro-bind's? The rows that cofferdam makes itself may
 * not be covered. */
int root_destination_allow(const char *destination, struct failure *f);

/* Every row of the root, for `cofferdam explain`: a path inside, and what is there. */
typedef void (*root_row_fn)(void *data, const char *path, const char *what);
void root_each(const struct root_plan *plan, root_row_fn row, void *data);

#endif
