/* namespaces/root_sys.h: /sys, made up: the processors and the memory node that /proc shows as
 * well, for lscpu(1), hwloc, numactl(8) and old versions of the C library. Nothing of it is sysfs.
 */
#ifndef NAMESPACES_ROOT_SYS_H
#define NAMESPACES_ROOT_SYS_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

int root_sys_write(const struct root *root, struct failure *f);
void root_sys_each(root_row_fn row, void *data);

#endif
