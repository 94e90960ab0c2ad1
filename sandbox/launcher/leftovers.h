/* sandbox/launcher/leftovers.h: what killed runs left, removed.
 *
 * Finds    state files whose lock nobody holds, the control groups of those runs, what they
 *          made in a container engine (by their journal, journal.h), and whatever else is
 *          named after them in the runtime directory.
 * Ends     processes only through the control groups of dead runs, never by a pid that
 *          a file names. (There should be none: the PID namespace ends with the keeper.)
 * As root  only the directories "cofferdam-uid-N" that cgroup_prepare() made are left
 *          to remove, and root's own runs, if any. A verb started by root calls
 *          leftovers_remove() twice: in a child that has given root up (what its runs left), and
 *          then itself.
 */
#ifndef SANDBOX_LAUNCHER_LEFTOVERS_H
#define SANDBOX_LAUNCHER_LEFTOVERS_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdio.h>

/* Remove (--dry-run: name) all of it, one line each to out, or one object with --json.
 * -1 if something could not be removed. users_done: of those as whom root has run sandboxes
 * none has anything left, so root's directories for them may go. */
int leftovers_remove(const struct config *config, bool users_done, FILE *out, struct failure *f);
/* The same as a user that root has become; root: a socket for cleanup_ask(). */
int leftovers_remove_asking(const struct config *config, int root, FILE *out, struct failure *f);
/* The same with the control groups of a fake tree, for tests. */
int leftovers_remove_below(
	const char *root, const struct config *config, FILE *out, struct failure *f);

/* For the start of a run, before its state_create(): if dir_fd has the file of a dead
 * run, remove what that run left; how many things were removed. Prints nothing. What a run
 * left in a container engine only a run that speaks to one (docker) tries to remove, for a
 * few seconds at most; the rest is left to `gc`. */
unsigned leftovers_remove_quietly(int dir_fd, bool docker);

#endif
