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

/* If we are root: blank the environment but for a list, drop every group, become ret->uid for
 * good, and prove that there is no way back. Else nothing.
 * Leaves   a process that none but root may look into, that user's HOME, and an end with
 *          our parent (front.h): the last two because a change of ids undoes them.
 * Fails    where fs.suid_dumpable is 1, which would let that user in for a moment. */
int identity_give_up(struct identity *identity, struct failure *f);

/* As open(2), with the rights of whom the sandbox runs as, while we still are root: for what
 * the caller named before root could be given up. */
int identity_open(const struct identity *identity, const char *path, int flags);

#endif
