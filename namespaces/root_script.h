/* namespaces/root_script.h: /run/script, what a shell inside is to run.
 *
 * Order    with the root, before that is sealed: /run is read-only afterwards.
 * Leaves   a file of the root's own, 0444, that is no part of the work space.
 */
#ifndef NAMESPACES_ROOT_SCRIPT_H
#define NAMESPACES_ROOT_SCRIPT_H

#include "namespaces/root.h"

#define ROOT_SCRIPT "/run/script"

int root_script_place(const struct root *root, const struct root_plan *plan, struct failure *f);
void root_script_each(const struct root_plan *plan, root_row_fn row, void *data);

#endif
