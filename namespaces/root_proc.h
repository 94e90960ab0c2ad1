/* namespaces/root_proc.h: /proc: a new instance, and what of it is covered.
 */
#ifndef NAMESPACES_ROOT_PROC_H
#define NAMESPACES_ROOT_PROC_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

/* Needs root->null_fd, leaves root->proc_fd, root->sight_fd and root->sys_fd. Without allow_userns no user namespace may be made inside. */
int root_proc_mount(
	struct root *root, const struct user_ids *ids, bool allow_userns, struct failure *f);
/* Every cover stands. */
int root_proc_prove(struct failure *f);
void root_proc_each(root_row_fn row, void *data);

#endif
