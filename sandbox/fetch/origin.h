/* sandbox/fetch/origin.h: open a local repository to read from, and nothing else.
 *
 * Its configuration is loaded by libgit2 but asked for nothing: no hooks, no
 * filters, no templates, no commands.
 * Needs    what it has elsewhere (gitdir.h, alternates.h) among the places.
 * Refused  what libgit2 cannot read: SHA-256, a reftable.
 */
#ifndef SANDBOX_FETCH_ORIGIN_H
#define SANDBOX_FETCH_ORIGIN_H

#include "sandbox/base/failure.h"
#include "sandbox/fetch/place.h"

#include <git2.h>

int origin_open(
	const struct places *places, const char *path, git_repository **ret, struct failure *f);

/* Where the source was cloned from itself, without credentials; NULL if it names no server.
 * What it names on this machine is nobody's business inside. Owned by the caller. */
int origin_url(git_repository *origin, char **ret, struct failure *f);

#endif
