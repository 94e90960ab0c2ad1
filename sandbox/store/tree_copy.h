/* sandbox/store/tree_copy.h: a stranger's tree, copied by descriptors alone.
 *
 * Copies   regular files (what has several names becomes as many files), directories and symbolic
 *          links as they are written; permission bits without set-id, and times that are not
 *          later than now. No attribute, no owner. Sockets, FIFOs and devices are left out, and
 *          counted.
 * Follows  no link, crosses no mount, leaves no directory upwards (openat2(2)).
 * Needs    a tree that nobody changes, and a directory that nobody else has, empty but for beside.
 */
#ifndef SANDBOX_STORE_TREE_COPY_H
#define SANDBOX_STORE_TREE_COPY_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TREE_COPY_DEPTH 100
#define TREE_COPY_FILES 2000000 /* of one tree; each costs the host's disk an inode */

struct tree_copy {
	bool beside;                     /* what to_fd has already stays, and is no failure */
	uint64_t most_bytes, most_files; /* a file counts by its size, holes and all */
	uid_t uid;                       /* whose it is to be */
	gid_t gid;

	/* Filled: */
	uint64_t bytes, files; /* files: all that was made */
	uint64_t left_out;
};

/* EFBIG in f: it is more than that. What was copied by then is there. */
int tree_copy(struct tree_copy *copy, int from_fd, int to_fd, struct failure *f);

/* Is there nothing in it? -1 with errno. */
int tree_copy_is_empty(int directory_fd);

#endif
