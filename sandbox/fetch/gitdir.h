/* sandbox/fetch/gitdir.h: where a local source has its git directory.
 *
 * In .git, or where .git leads as a link (the repo tool's) or as a file (a linked worktree's, a
 * submodule's), or in the source itself if it is bare. What it leads to must be among the places:
 * a stranger's directory may lead to any repository of the user.
 * Paths are of PLACE_BYTES.
 */
#ifndef SANDBOX_FETCH_GITDIR_H
#define SANDBOX_FETCH_GITDIR_H

#include "sandbox/base/failure.h"
#include "sandbox/fetch/place.h"

/* source, *ret_git_dir and *ret_common_dir are paths here; the last two are one but for a linked
 * worktree, whose objects and branches are its main repository's. */
int gitdir_find(const struct places *places, const char *source, char *ret_git_dir,
	char *ret_common_dir, struct failure *f);

/* Where path, as it is written in the directory `base` here, lies here: 0. If that is in none of
 * the places -1, and in ret where it is on the host. */
int gitdir_follow(const struct places *places, const char *base, const char *path, char *ret);

/* The text of a small regular file without the newline at its end: 0, or 1 if there is none. */
int gitdir_read(const char *directory, const char *name, char *ret, size_t size, struct failure *f);

#endif
