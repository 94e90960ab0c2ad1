/* sandbox/plan/credential.h: a git credential, from the user to the fetcher and nowhere else.
 *
 * Runs in  the launcher. The secret is in memory only while it is copied, then wiped; it
 *          lives on in a sealed memfd that the fetcher reads once.
 * Form     of the input: the lines "username=…" and "password=…" of git-credential(1).
 */
#ifndef SANDBOX_PLAN_CREDENTIAL_H
#define SANDBOX_PLAN_CREDENTIAL_H

#include "sandbox/base/failure.h"
#include "sandbox/config/source.h"

/* target is "FILE" or "fd:N" (--git-credential), or NULL: then the URL's own userinfo.
 * *ret_fd is the memfd, the caller's; -1 if there is no credential at all. */
int credential_open(const char *target, uint64_t within_s, const struct source *source, int *ret_fd,
	struct failure *f);

#endif
