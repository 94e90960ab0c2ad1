/* sandbox/base/user_directory.h: a directory of the user's own, for what outlives a run.
 *
 * Source  the XDG Base Directory Specification: a variable that is not absolute counts as unset.
 */
#ifndef SANDBOX_BASE_USER_DIRECTORY_H
#define SANDBOX_BASE_USER_DIRECTORY_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <sys/types.h>

struct user_directory {
	const char *what;     /* as f calls it: "the ledger" */
	const char *variable; /* "XDG_STATE_HOME" */
	const char *at_home;  /* where that is if it is not set: ".local/state" */
	const char *below;    /* "cofferdam" */
	mode_t closed; /* bits that it must not have: 022, nobody else writes; 077, nor reads */
};

/* Open it; make: with all that is missing of it, 0700. The descriptor is the caller's. Refused:
 * one that is not ours, or that is open to others. */
int user_directory_open(const struct user_directory *directory, bool make, struct failure *f);
/* Where none is yet, could one be made below what the variable, or else HOME, names? */
bool user_directory_can_be_made(const char *variable);

#endif
