/* sandbox/fetch/attribute.h: what gitattributes(5) asks for and libgit2 does not do.
 *
 * A filter of libgit2 between its own for ends of lines and the work tree: working-tree-encoding,
 * every `ident`, and a look at what is for git-lfs, which is left as the pointer that it is. No
 * filter of a configuration is run, by nobody.
 */
#ifndef SANDBOX_FETCH_ATTRIBUTE_H
#define SANDBOX_FETCH_ATTRIBUTE_H

#include "sandbox/base/failure.h"

#include <git2.h>
#include <git2/sys/filter.h>
#include <stdbool.h>

struct attribute_filter {
	git_filter filter;     /* first: libgit2 gives us its address */
	uint64_t lfs_pointers; /* written as content */
	char **filtered;       /* paths that a filter driver of the user's may have written */
	size_t filtered_n;
	bool keep_filtered;   /* only then are they remembered */
	uint64_t unconverted; /* left in UTF-8: the encoding is not known, or lacks a letter */
};

/* For the life of the process, after library_start(). */
int attribute_register(struct attribute_filter *filter, struct failure *f);

#endif
