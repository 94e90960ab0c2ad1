/* sandbox/fetch/remote.h: fetch from http(s), ssh and git:// by libgit2.
 *
 * Redirects are followed on the same host only; no proxy is used; the environment
 * is not asked. A credential never leaves the place that trust.h allows.
 */
#ifndef SANDBOX_FETCH_REMOTE_H
#define SANDBOX_FETCH_REMOTE_H

#include "sandbox/fetch/mirror.h"

/* Into a repository that worktree_init made with job->url as "origin"; with a mirror into its own,
 * and no more than it lacks. */
int remote_fetch(git_repository *repository, const struct job *job, struct mirror *mirror,
	struct revision *ret, struct failure *f);

#endif
