/* sandbox/fetch/history.h: how much history `git describe` needs. */
#ifndef SANDBOX_FETCH_HISTORY_H
#define SANDBOX_FETCH_HISTORY_H

#include "sandbox/base/failure.h"

#include <git2.h>

/* Generations from commit on, at least depth, after which git describe says of the copy what it
 * says of origin, with and without --tags. 0: all of them, because another branch joins from
 * behind the tag. Without any tag it is depth. */
int history_depth(git_repository *origin, const git_oid *commit, uint32_t depth, uint32_t *ret,
	struct failure *f);

#endif
