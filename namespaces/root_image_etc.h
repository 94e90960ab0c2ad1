/* namespaces/root_image_etc.h: the few files of /etc that are written over an image's.
 */
#ifndef NAMESPACES_ROOT_IMAGE_ETC_H
#define NAMESPACES_ROOT_IMAGE_ETC_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

/* Into the directory etc below over_fd. Of the image at image_fd passwd and group are copied,
 * behind a line for the builder; they are not read for what they say. */
int root_image_etc_write(
	int over_fd, int image_fd, const struct root_plan *plan, struct failure *f);
void root_image_etc_each(root_row_fn row, void *data);

#endif
