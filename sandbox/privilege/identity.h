/* sandbox/privilege/identity.h: who we are, and no longer root.
 *
 * Runs in  the launcher, as its first step. No file that the caller named is opened
 *          before it.
 */
#ifndef SANDBOX_PRIVILEGE_IDENTITY_H
#define SANDBOX_PRIVILEGE_IDENTITY_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <sys/types.h>

struct identity {
	uid_t uid;
	gid_t gid;
	bool was_root;
	size_t groups_kept; /* supplementary groups that we could not drop */
	char home[256];     /* of that user, "" if there is none */
};

/* Refuse set-id starts. */
int identity_check(struct failure *f);

/* Whom the sandbox runs as: ourselves, or if we are root run_as (--run-as; NULL: not given), else
 * $SUDO_UID:$SUDO_GID, else nobody. Root is refused by number and by name. */
int identity_find(const char *run_as, struct identity *ret, struct failure *f);

/* If we are root: drop every group, become ret->uid for good, prove that there is no
 * way back, and make the environment that user's (HOME, XDG_*). Else nothing. */
int identity_give_up(struct identity *identity, struct failure *f);

#endif
