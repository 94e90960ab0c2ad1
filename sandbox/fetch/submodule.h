/* sandbox/fetch/submodule.h: the submodules of a clone, and theirs.
 *
 * .gitmodules is a stranger's word. Its URLs obey the rules of SOURCE (http, https,
 * ssh, git); relative ones are resolved against the parent's as git does. Its paths
 * must lie beneath the parent without a symlink on the way. SOURCE's credential and the
 * agent go along only to the parent's own scheme, host and port; --credential has others.
 * A local source has no network: its submodules come from its own .git/modules.
 */
#ifndef SANDBOX_FETCH_SUBMODULE_H
#define SANDBOX_FETCH_SUBMODULE_H

#include "sandbox/fetch/job.h"

int submodule_fetch_all(git_repository *repository, const struct job *job, struct failure *f);

/* url, or what "./" and "../" at its beginning make of it; heap memory. Pure. */
int submodule_resolve_url(const char *parent, const char *url, char **ret, struct failure *f);

#endif
