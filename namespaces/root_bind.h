/* namespaces/root_bind.h: what the user binds into the root (--ro-bind).
 */
#ifndef NAMESPACES_ROOT_BIND_H
#define NAMESPACES_ROOT_BIND_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

/* May destination (absolute) be that of an option, "--ro-bind"? The rows that cofferdam makes
 * itself may not be covered. */
int root_bind_allow(const char *option, const char *destination, struct failure *f);

/* Make what the destinations need, below another directory than the root. */
int root_bind_places(int directory_fd, const struct root_plan *plan, struct failure *f);
/* Does destination lie in what the builder may write to anyway, and go where that goes? */
bool root_bind_is_in_work(const char *destination);
int root_bind_mount(struct root *root, const struct root_plan *plan, struct failure *f);
void root_bind_each(const struct root_plan *plan, root_row_fn row, void *data);

#endif
