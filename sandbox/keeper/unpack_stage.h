/* sandbox/keeper/unpack_stage.h: an archive that is to be the root, unpacked into the work space.
 *
 * Runs in  the keeper, before the root is entered; the child that executes cofferdam-unpack has a
 *          mount namespace of its own, in which the new root is entered already.
 * Leaves   the tree in the directory ROOT_IMAGE_TREE of root->hidden_fd, which nobody inside
 *          reaches but through the overlay, and k->image_left_out.
 */
#ifndef SANDBOX_KEEPER_UNPACK_STAGE_H
#define SANDBOX_KEEPER_UNPACK_STAGE_H

#include "sandbox/keeper/inside.h"

/* Nothing, unless --rootfs names an archive. */
int unpack_stage_run(struct keeper *k, struct failure *f);

extern const struct steps unpacker_steps;

#endif
