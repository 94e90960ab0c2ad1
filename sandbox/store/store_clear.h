/* sandbox/store/store_clear.h: what goes from a store of ours, and how.
 *
 * Goes     what was put away; what a dead run was making; what is not whole; what is of no more
 *          use; and what was used least recently, until the rest is within a limit. Nothing that
 *          a run holds.
 * Ids      Files of a range are nobody's here, so a child removes them, in a user namespace with
 *          the same range, and with no more rights over other files than we have.
 * Runs in  a process with one thread, as the user whose store it is.
 */
#ifndef SANDBOX_STORE_STORE_CLEAR_H
#define SANDBOX_STORE_STORE_CLEAR_H

#include "namespaces/user.h"
#include "sandbox/base/failure.h"
#include "sandbox/store/store_entry.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_CLEAR_NAME 128 /* bytes, of an entry; a kind's are shorter */

/* How the entries of a store look (root_store.h, cache_store.h). */
struct store_kind {
	const char *what;  /* one of them: "image" */
	const char *whole; /* what one is called that is whole: "unpacked" */
	int (*open)(bool make, struct failure *f);
	bool (*is_name)(const char *name);
	bool (*is_whole)(int entry_fd, const char *name, uint64_t *ret_bytes);
	/* Is the one there in the other's stead? NULL: each is for itself. */
	bool (*outlives)(const char *name, const char *other);
};

/* what: "unpacked image", "unfinished image"; detail: why it is still there. */
typedef void (*store_clear_row_fn)(
	void *data, const char *what, const char *name, bool removed, const char *detail);

struct store_clear_terms {
	const struct user_plan *user;
	uint64_t limit_bytes;
	bool dry_run;          /* only name it */
	store_clear_row_fn fn; /* NULL: nobody wants to know */
	void *data;
};

/* No store: nothing. */
int store_clear(
	const struct store_kind *kind, const struct store_clear_terms *terms, struct failure *f);

/* What whole trees take, and how many they are. */
uint64_t store_clear_usage(const struct store_kind *kind, uint64_t *ret_count);

#endif
