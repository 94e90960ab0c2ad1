/* namespaces/root_var.h: what tools of /usr have written about themselves below /var/lib, once and
 * for everybody. Services keep their data there as well, so each directory has a row.
 */
#ifndef NAMESPACES_ROOT_VAR_H
#define NAMESPACES_ROOT_VAR_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

/* What the host has not, or does not let us read, is left out. */
int root_var_mount(struct root *root, struct failure *f);
void root_var_each(root_row_fn row, void *data);

#endif
