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
#include "namespaces/root_row.h"
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
	bool name_server;  /* one listens on the loopback: resolv.conf says so */
	bool allow_userns; /* else no user namespace may be made inside */
};

/* What the keeper holds while it builds. Descriptors; -1: not yet. */
struct root {
	int root_fd;     /* the new root */
	int work_fd;     /* the root of the tmpfs that holds /app, /tmp, … */
	int null_fd;     /* a detached clone of /dev/null, the cover for files in /proc */
	int sys_fd;      /* /proc/sys as it was before it became read-only */
	char bound[120]; /* a directory of the host that no overlay is over, and why; or "" */
};

#define ROOT_NONE                                                                                  \
	{                                                                                          \
		.root_fd = -1, .work_fd = -1, .null_fd = -1, .sys_fd = -1                          \
	}

/* The root itself: its directories and links. */
int root_create(struct root *root, struct failure *f);
/* /usr, and what lies beside it where a system has not merged it in. */
int root_toolchain(struct root *root, struct failure *f);
int root_seal(const struct root *root, struct failure *f);

/* The root is read-only, the host's is gone, every cover stands. */
int root_prove(struct failure *f);

/* Every row of the root, those of the files beside as well. */
void root_each(const struct root_plan *plan, root_row_fn row, void *data);

#endif
