/* sandbox/unpack/tree.h: files below one directory, whatever an archive calls them.
 *
 * Links   of the tree are followed within it, as if the directory were the root: "/etc" in a
 *         link is the tree's own. No path leads out (openat2(2), RESOLVE_IN_ROOT), also none
 *         through a directory that has just become a link: every name is looked up anew.
 * Takes   the place of what is there. A directory that comes twice keeps what is in it.
 * Leaves  no set-id bit, no device, no attribute: what a build sees is mounted nosuid, nodev.
 */
#ifndef SANDBOX_UNPACK_TREE_H
#define SANDBOX_UNPACK_TREE_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct tree {
	int fd;              /* the directory; borrowed */
	bool has_ids;        /* files get the ids of their entries, else our own */
	uint64_t most_bytes; /* that may be written (unpack_report.h) */
};

struct tree_entry {
	const char *path; /* cleaned (entry_path.h), not empty */
	uid_t uid;
	gid_t gid;
	mode_t mode;
	struct timespec modified;
};

int tree_directory(const struct tree *tree, const struct tree_entry *entry, struct failure *f);
int tree_link(const struct tree *tree, const struct tree_entry *entry, const char *target,
	struct failure *f);
/* A second name of what target (cleaned) is. */
int tree_hard_link(const struct tree *tree, const struct tree_entry *entry, const char *target,
	struct failure *f);
/* Make the file, open to write; the caller fills it, and finishes it. */
int tree_file_begin(
	const struct tree *tree, const struct tree_entry *entry, int *ret_fd, struct failure *f);
int tree_file_end(const struct tree *tree, const struct tree_entry *entry, int fd, uint64_t size,
	struct failure *f);

/* What is not there, or behind a link, needs no removal: a layer's names are those of the layers
 * below it, without any link. "" for the root itself. */
int tree_remove(const struct tree *tree, const char *path, struct failure *f);
int tree_empty(const struct tree *tree, const char *path, struct failure *f);

#endif
