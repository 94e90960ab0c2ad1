/* sandbox/artifact/artifact_walk.h: through the stranger's tree, by descriptors alone.
 *
 * Needs    a tree that nobody can change any more: the last process of the sandbox is dead.
 * Follows  no link of either kind, crosses no mount, and leaves no directory upwards
 *          (openat2(2): RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS,
 *          RESOLVE_NO_XDEV).
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_WALK_H
#define SANDBOX_ARTIFACT_ARTIFACT_WALK_H

#include "sandbox/artifact/artifact_glob.h"
#include "sandbox/artifact/artifact_list.h"

/* What matches below work_fd goes to the end of *list; a directory that matches with all that is
 * in it. Nothing there is not a failure. */
int artifact_walk(int work_fd, const struct artifact_glob *glob, size_t row,
	const struct artifact_bounds *bounds, struct artifact_list *list, struct failure *f);

#endif
