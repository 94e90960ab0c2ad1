/* sandbox/plan/credential.h: git credentials, from the user to the fetcher and nowhere else.
 *
 * Runs in  the launcher. The secrets are in memory only while they are copied, then wiped; they
 *          live on in a sealed memfd that the fetcher reads once (sandbox/fetch/secret.h).
 * Form     of --git-credential: the lines "username=…" and "password=…" of git-credential(1).
 *          It, and else the URL's own userinfo, is for the place that SOURCE names;
 *          --credential is for any that it fits, submodules' too.
 */
#ifndef SANDBOX_PLAN_CREDENTIAL_H
#define SANDBOX_PLAN_CREDENTIAL_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"
#include "sandbox/config/source.h"

/* *ret_fd is the memfd, the caller's; -1 if there is no credential at all. */
int credential_open(
	const struct config *config, const struct source *source, int *ret_fd, struct failure *f);

#endif
