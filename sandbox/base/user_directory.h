/* sandbox/base/user_directory.h: a directory of the user's own, for what outlives a run.
 *
 * Source  the XDG Base Directory Specification: a variable that is not absolute counts as unset.
 */
#ifndef SANDBOX_BASE_USER_DIRECTORY_H
#define SANDBOX_BASE_USER_DIRECTORY_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

struct user_directory {
	const char *what;     /* as f calls it: "the ledger" */
	const char *variable; /* "XDG_STATE_HOME" */
	const char *at_home;  /* where that is if it is not set: ".local/state" */
	const char *below;    /* "cofferdam" */
};

/* Open it; make: with all that is missing of it, 0700. The descriptor is the caller's. Refused:
 * one that is not ours, or that others may write to. */
int user_directory_open(const struct user_directory *directory, bool make, struct failure *f);

#endif
