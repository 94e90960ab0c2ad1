/* namespaces/root_work.h: the one tmpfs that the builder may write to, and its places in the root.
 */
#ifndef NAMESPACES_ROOT_WORK_H
#define NAMESPACES_ROOT_WORK_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"

/* Make it, of the plan's size, and attach its parts. root->work_fd is its own root, which
 * holds a file "canary" that the builder may read and no Landlock rule covers. */
int root_work_mount(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f);
/* Make the one budget smaller. Fails if more is in use already. */
int root_work_shrink(const struct root *root, uint64_t bytes, uint64_t inodes, struct failure *f);
void root_work_each(root_row_fn row, void *data);

#endif
