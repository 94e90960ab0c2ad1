/* sandbox/store/root_clear.h: what goes from the store of images, and how.
 *
 * Goes     what was put away; what a dead run was making; what is not whole; and what was used
 *          least recently, until the rest is within a limit. Nothing that a run holds.
 * Ids      Files of a range are nobody's here, so a child removes them, in a user namespace with
 *          the same range, and with no more rights over other files than we have.
 * Runs in  a process with one thread, as the user whose store it is.
 */
#ifndef SANDBOX_STORE_ROOT_CLEAR_H
#define SANDBOX_STORE_ROOT_CLEAR_H

#include "namespaces/user.h"
#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

/* what: "unpacked image", "unfinished image"; detail: why it is still there. */
typedef void (*root_clear_row_fn)(
	void *data, const char *what, const char *name, bool removed, const char *detail);

/* fn may be NULL. No store: nothing. dry_run: only name it. */
int root_clear(const struct user_plan *user, uint64_t limit_bytes, bool dry_run,
	root_clear_row_fn fn, void *data, struct failure *f);

/* What whole trees take, and how many they are. */
uint64_t root_clear_usage(uint64_t *ret_count);

#endif
