/* sandbox/fetch/fetch_confine.h: the fetcher's own walls, inside the sandbox's.
 *
 * Runs in  the fetcher, once, after the credential is read, before libgit2 starts.
 * Needs    no_new_privs, set by the keeper (set again here, so that it cannot lack).
 * Leaves   no exec; files readable only where rows say; writable only `into` and
 *          /tmp; no socket at all for a local source.
 * Fails    whole when a wall cannot be raised or a probe finds a hole. A kernel
 *          without Landlock is not a failure; the text says so.
 */
#ifndef SANDBOX_FETCH_FETCH_CONFINE_H
#define SANDBOX_FETCH_FETCH_CONFINE_H

#include "sandbox/base/failure.h"
#include "sandbox/fetch/fetch_arguments.h"

#include <stddef.h>

/* Text for FETCH_CONFINED: "landlock abi 7, seccomp fetcher-local". */
int fetch_confine(
	const struct fetch_arguments *arguments, char *ret_text, size_t size, struct failure *f);

#endif
