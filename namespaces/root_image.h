/* namespaces/root_image.h: the root of an image (--rootfs) in the place of the host's /usr.
 *
 * Runs in  the keeper. root_image_lay() while the host's paths are in sight; root_image_enter()
 *          when the fetcher, which runs with the host's libraries, is gone.
 * Made of  an overlay. Lowest the image's tree, which nobody writes to. Above it a tmpfs with
 *          what a sandbox needs at a fixed place: a directory there hides whatever the image
 *          has of that name unless that is a directory too, so no link of a stranger leads a
 *          mount elsewhere. On top, where this kernel can, what the builder writes: it lies in
 *          the one tmpfs of --app-size.
 * Leaves   nothing of the host in sight: the root that came before it goes, with its /usr.
 */
#ifndef NAMESPACES_ROOT_IMAGE_H
#define NAMESPACES_ROOT_IMAGE_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"
#include "namespaces/user.h"

/* Without an image in the plan these do nothing. Needs root->hidden_fd, and root->tree_fd, which is
 * closed, where the image is packed; leaves root->image_fd, and
 * root->image_sealed where only reading is possible, with the reason. */
int root_image_lay(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f);
/* Carry the sandbox's own mounts over, and make the image the root. */
int root_image_enter(struct root *root, const struct root_plan *plan, struct failure *f);

/* The root is the overlay, and read-only if it was to be. */
int root_image_prove(const struct root *root, struct failure *f);
void root_image_each(const struct root_plan *plan, root_row_fn row, void *data);

/* The directory or file at the root of what is mounted now: has it its own place in the
 * sandbox, whatever an image has there? */
bool root_image_is_own(const char *name);

#endif
