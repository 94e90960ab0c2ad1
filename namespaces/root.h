/* namespaces/root.h: the root that the builder sees, row by row.
 *
 * Two file systems of the sandbox's own. One is the root and holds /app, /tmp, /var/tmp and
 * /home/builder: one mount, so that link(2) and rename(2) reach from each to each. Beside
 * these places the builder may make nothing on it. The other is read-only, and has four places
 * there: /etc, /dev, /sys and /run.
 *
 * Runs in  the keeper, with CAP_SYS_ADMIN of the sandbox's user namespace, before
 *          any stranger's byte exists in it.
 * Order    as in keeper.c's table. The new root is attached first and then filled.
 * Leaves   nothing of the host but what the rows name.
 */
#ifndef NAMESPACES_ROOT_H
#define NAMESPACES_ROOT_H

#include "namespaces/etc_public.h"
#include "namespaces/hostpath.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

struct root_bind {
	struct host_path source;
	char *destination; /* inside, without the leading '/' */
};

#define ROOT_CACHES_MOST 16

/* A directory that outlives the run (root_cache.h). */
struct root_cache {
	char name[65];
	char *destination;     /* inside, without the leading '/' */
	struct host_path tree; /* the generation that is read; no path: there is none */
	bool writes;           /* :rw */
};

#define ROOT_SECRETS_MOST 32
#define ROOT_GROUPS_MOST  6

/* A file of /run/secrets. */
struct root_secret {
	char name[65];
	int fd; /* sealed memory file; -1 once it is handed on */
};

struct root_plan {
	struct host_path image; /* --rootfs; no path: the host's /usr */
	bool image_packed;      /* no tree: it is unpacked, or was, and is root->tree_fd */
	uint64_t bytes, inodes; /* one budget for all that can be written */
	struct root_bind *binds;
	size_t binds_n;
	struct root_cache *caches;
	size_t caches_n;
	struct root_secret *secrets;
	size_t secrets_n;
	int script_fd;    /* sealed memory file that becomes /run/script; -1: none */
	bool root_inside; /* which passwd and group are written */
	bool landlock;    /* the builder will be kept by it to where a rule lets it make names */
	bool allow_chown; /* it may give itself what is the keeper's, if there are several ids */
	const char *resolv_conf; /* where there is a name server; not owned */
	bool allow_userns;       /* else no user namespace may be made inside */
	/* The run's own control groups: controllers of one hierarchy of v1 ("cpu,cpuacct"), or one
	 * that is empty: v2. */
	char groups[ROOT_GROUPS_MOST][32];
	size_t groups_n;
	uint64_t memory_bytes, swap_bytes; /* that it has; LIMIT_NONE: no bound stands */
};

/* What the keeper holds while it builds. Descriptors; -1: not yet. */
struct root {
	int root_fd;     /* the new root, and the tmpfs of all that can be written */
	int hidden_fd;   /* its directory beneath the mount at /run, which nobody else reaches */
	uint64_t inodes; /* what the root has for itself, outside of the builder's budget */
	bool one_tree;   /* the root stays writable, as one mount with the places on it */
	int null_fd;     /* a detached clone of /dev/null, the cover for files in /proc */
	int proc_fd;     /* /proc itself; in it the keeper sees everybody by his group */
	int sight_fd; /* another procfs, which is nowhere mounted and hides nobody, for the keeper */
	int sys_fd;   /* /proc/sys as it was before it became read-only */
	int tree_fd;  /* of an image that is packed: what was unpacked (O_PATH) */
	int image_fd;           /* the overlay over an image, until it is the root */
	char image_sealed[160]; /* why that overlay can only be read, or "" */
	char unseen[80];        /* a control group that could not be shown, and why; or "" */
	char bound[120]; /* a directory of the host that no overlay is over, and why; or "" */
};

#define ROOT_NONE                                                                                  \
	{                                                                                          \
		.root_fd = -1, .hidden_fd = -1, .null_fd = -1, .proc_fd = -1, .sight_fd = -1,      \
		.sys_fd = -1, .tree_fd = -1, .image_fd = -1                                        \
	}

/* The root itself: its directories and links. */
int root_create(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f);
/* /usr, and what lies beside it where a system has not merged it in. */
int root_toolchain(struct root *root, struct failure *f);
/* Nothing more is made on it by us: from here on its budget is the builder's alone. */
int root_seal(struct root *root, const struct root_plan *plan, struct failure *f);

/* What is to be read-only is, the host's root is gone, every cover stands. */
int root_prove(const struct root *root, struct failure *f);
/* In the builder, with no power left: beside its places it can make nothing. */
int root_prove_shut(struct failure *f);

/* Every row of the root, those of the files beside as well. */
void root_each(
	const struct root_plan *plan, const struct etc_public *public, root_row_fn row, void *data);

#endif
