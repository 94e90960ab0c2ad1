/* sandbox/store/root_empty.h: directories of the store, removed by who may.
 *
 * The child has its maps before it looks at anything, and ends with its parent.
 */
#ifndef SANDBOX_STORE_ROOT_EMPTY_H
#define SANDBOX_STORE_ROOT_EMPTY_H

#include "namespaces/user.h"
#include "sandbox/base/failure.h"

/* Every "gone-…" in dir_fd that nobody holds. What could not be removed is still there. */
int root_empty(int dir_fd, const struct user_plan *user, struct failure *f);

#endif
