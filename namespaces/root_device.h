/* namespaces/root_device.h: /dev, row by row.
 */
#ifndef NAMESPACES_ROOT_DEVICE_H
#define NAMESPACES_ROOT_DEVICE_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"

/* Leaves root->null_fd. */
int root_device_bind(struct root *root, const struct user_ids *ids, struct failure *f);
/* Nobody inside can change the host's inodes. */
int root_device_prove(struct failure *f);
void root_device_each(root_row_fn row, void *data);

#endif
