/* namespaces/root_secret.h: /run/secrets, a tmpfs of its own with a file for each secret.
 *
 * Order    the place is made with the root, before that is sealed; the files when the fetcher is
 *          gone, and before the builder is there.
 * Leaves   /run/secrets read-only, each file 0400 and the builder's. It is no part of the work
 *          space: nothing of it is ever an artifact.
 */
#ifndef NAMESPACES_ROOT_SECRET_H
#define NAMESPACES_ROOT_SECRET_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"

#define ROOT_SECRETS "/run/secrets"

int root_secret_place(const struct root *root, const struct root_plan *plan, struct failure *f);
/* In the root. The plan's descriptors are at their beginning, and are closed. */
int root_secret_give(
	struct root_secret *secrets, size_t n, const struct user_ids *ids, struct failure *f);
void root_secret_each(const struct root_plan *plan, root_row_fn row, void *data);

#endif
