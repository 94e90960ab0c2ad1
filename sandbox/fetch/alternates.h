/* sandbox/fetch/alternates.h: objects that a repository borrows from others.
 *
 * objects/info/alternates (gitrepository-layout(5)) names directories by their paths on the host.
 * libgit2 reads that file too, and leaves out what is not there.
 */
#ifndef SANDBOX_FETCH_ALTERNATES_H
#define SANDBOX_FETCH_ALTERNATES_H

#include "sandbox/base/failure.h"
#include "sandbox/fetch/place.h"

#include <git2.h>

/* Add to odb what objects (a directory here) borrows, and what that borrows in turn. */
int alternates_add(
	git_odb *odb, const struct places *places, const char *objects, struct failure *f);

#endif
