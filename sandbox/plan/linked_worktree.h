/* sandbox/plan/linked_worktree.h: the main repository of a linked worktree.
 *
 * Runs in  the launcher, as the user that the sandbox runs as: only who has the host's paths can
 *          follow them. It reads two short files of a stranger, and opens directories.
 * Trusts   none of both alone. A .git file may lead to any repository of the user; only if that
 *          has, in its own worktrees/NAME/gitdir, the way back to this very directory, has the
 *          user made the two belong together (git worktree add). Else the user has to name it.
 */
#ifndef SANDBOX_PLAN_LINKED_WORKTREE_H
#define SANDBOX_PLAN_LINKED_WORKTREE_H

#include "namespaces/hostpath.h"

/* 1 and the repository's git directory, 0 if source is no linked worktree that is vouched for, -1
 * if it is one and cannot be opened. */
int linked_worktree_find(
	const struct host_path *source, struct host_path *ret_repository, struct failure *f);

/* The path that a .git file of length bytes names, in size bytes; false if it is none. Pure. */
bool linked_worktree_parse(const char *text, size_t length, char *ret, size_t size);

#endif
