/* namespaces/root_group.h: /sys/fs/cgroup, where the run has control groups of its own: those, and
 * no other, read-only, for runtimes that size themselves by them.
 *
 * Needs    a cgroup namespace whose root these groups are. A new mount shows that root.
 * Missing  what cannot be mounted here (an outer container may forbid it) is not there; a runtime
 *          then sees the host, as it does without a group. The reason is in root->unseen.
 */
#ifndef NAMESPACES_ROOT_GROUP_H
#define NAMESPACES_ROOT_GROUP_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

int root_group_mount(struct root *root, const struct root_plan *plan, struct failure *f);
/* Whatever is there can only be read. */
int root_group_prove(struct failure *f);
void root_group_each(root_row_fn row, void *data);

#endif
