/* sandbox/limits/cgroup_tree.h: kill and remove one cgroup with what is in it.
 *
 * A process is killed only because the kernel lists it in a group of a run that is
 * over, never because a file of ours names its pid; and through a pidfd, after a
 * second look at its membership, so that a pid that was reused meanwhile is safe.
 */
#ifndef SANDBOX_LIMITS_CGROUP_TREE_H
#define SANDBOX_LIMITS_CGROUP_TREE_H

#include <stdbool.h>

/* All that the kernel lists in the group dir_fd and below it; name is the group's own. */
void cgroup_tree_kill(int dir_fd, const char *name);

/* rmdir, inner ones first, tried again for timeout_ms while a dying task is counted. */
bool cgroup_tree_remove(int parent_fd, const char *name, unsigned timeout_ms, int *ret_errnum);

#endif
