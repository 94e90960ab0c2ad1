/* namespaces/root_etc.h: /etc, row by row: what is the host's, and what is written anew.
 */
#ifndef NAMESPACES_ROOT_ETC_H
#define NAMESPACES_ROOT_ETC_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

/* What the host has not, or does not let us read, is left out. The plan says which passwd,
 * group and resolv.conf are written. */
int root_etc_write(struct root *root, const struct root_plan *plan, const struct etc_public *public,
	struct failure *f);
void root_etc_each(const struct etc_public *public, root_row_fn row, void *data);

/* Does cofferdam write /etc/NAME itself, so that nothing else may be put there? */
bool root_etc_is_own(const char *name);

#endif
