/* sandbox/limits/inherited.h: what a process hands on to its children, and whose the build's is.
 *
 * Runs in  the keeper, before it has a child.
 * Leaves   each row that says so at the sandbox's own value; the others are the caller's, with
 *          the reason in the row, or are made by the steps that the row names.
 * Fails    where the kernel does not take a value back that it lets every process set.
 */
#ifndef SANDBOX_LIMITS_INHERITED_H
#define SANDBOX_LIMITS_INHERITED_H

#include "sandbox/base/failure.h"

int inherited_reset(struct failure *f);

/* For explain: "timer slack", "50 µs", why. */
typedef void (*inherited_row_fn)(
	void *data, const char *name, const char *value, const char *reason);
void inherited_each(inherited_row_fn row, void *data);

#endif
