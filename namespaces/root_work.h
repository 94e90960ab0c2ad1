/* namespaces/root_work.h: what the builder may write to: its places in the root, one budget.
 */
#ifndef NAMESPACES_ROOT_WORK_H
#define NAMESPACES_ROOT_WORK_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"

/* Make the places in the new root, the builder's. In root->hidden_fd lies a file "canary"
 * that the builder may read and no Landlock rule covers. */
int root_work_mount(struct root *root, const struct user_ids *ids, struct failure *f);
/* What is in the root by now is ours: the plan's budget counts from here. */
int root_work_bound(struct root *root, const struct root_plan *plan, struct failure *f);
/* Make the one budget smaller. Fails if more is in use already. */
int root_work_shrink(const struct root *root, uint64_t bytes, uint64_t inodes, struct failure *f);
/* In the fetcher's mount namespace: of the whole root it may write to /app alone. */
int root_work_narrow(struct failure *f);
/* Where below the root's own mount a path of the work space lies ("/dev/shm/x" is beneath "run"),
 * and the way back.
 * False: not in the work space, or longer than the room for it. */
bool root_work_locate(const char *path, char *ret, size_t size);
bool root_work_show(const char *below, char *ret, size_t size);
void root_work_each(root_row_fn row, void *data);

#endif
