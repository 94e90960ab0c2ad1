/* sandbox/artifact/artifact_list.h: what was found, and may leave the sandbox.
 *
 * Whatever is in the list is a regular file with one link or a directory, has a name that may be
 * printed (or the user wants any), and all of it is within the bounds. The first thing that is
 * not so is a failure that names it: nothing is left out in silence.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_LIST_H
#define SANDBOX_ARTIFACT_ARTIFACT_LIST_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define ARTIFACT_NAME_BYTES 4000 /* of a path below the work space, with its NUL */

struct artifact_bounds {
	uint64_t bytes; /* of all together; a file counts by its size, holes and all */
	uint64_t count;
	bool any_name;
};

struct artifact_item {
	char *path;  /* below the work space; owned */
	size_t base; /* of it: where the name at the destination begins */
	size_t row;  /* the --artifact that wants it */
	struct stat st;
};

struct artifact_list {
	struct artifact_item *v;
	size_t n, room;
	uint64_t bytes;
};

/* st: as fstatat(2) has it, without following a link. */
int artifact_list_add(struct artifact_list *list, const struct artifact_bounds *bounds, size_t row,
	const char *path, size_t base, const struct stat *st, struct failure *f);
/* From `from` on, by path: a directory before what is in it. */
void artifact_list_sort(struct artifact_list *list, size_t from);
void artifact_list_release(struct artifact_list *list);

/* No part of it leads anywhere else; relative, not empty. */
bool artifact_path_is_plain(const char *path);

#endif
