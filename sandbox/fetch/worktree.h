/* sandbox/fetch/worktree.h: the clone that the builder finds in /app.
 *
 * Order    init, then the objects come (copy.h, remote.h), then checkout, then HEAD
 *          and references. Checkout comes before HEAD: a tree against nothing is
 *          what makes libgit2 write every file without comparing.
 */
#ifndef SANDBOX_FETCH_WORKTREE_H
#define SANDBOX_FETCH_WORKTREE_H

#include "sandbox/fetch/job.h"

/* `into` must be an empty directory. url: of the remote "origin", NULL for none. */
int worktree_init(const struct job *job, git_repository **ret, struct failure *f);
/* The same at path, with nothing to check out. */
int worktree_init_bare(
	const struct job *job, const char *path, git_repository **ret, struct failure *f);

/* Hostile trees: `.git` in any spelling is refused by libgit2, since HFS and NTFS
 * protections are on; symlinks are never written through. No filter but libgit2's
 * own and that of attribute.h exists. */
int worktree_checkout(git_repository *repository, const struct job *job,
	const struct revision *revision, struct failure *f);

/* HEAD on the branch (with its remote-tracking twin), or detached. */
int worktree_point(git_repository *repository, const struct job *job,
	const struct revision *revision, struct failure *f);

#endif
