/* sandbox/keeper/unpack_stage.h: an archive that is to be the root, unpacked.
 *
 * Runs in  the keeper, before the root is entered; the child that executes cofferdam-unpack has a
 *          mount namespace of its own, in which the new root is entered already.
 * Where    An image whose tree the store has (root_store.h) is not unpacked again; one that the
 *          store may keep is unpacked there. Else, or where that fails, into the work space, in
 *          root->hidden_fd, which nobody inside reaches but through the overlay.
 * Leaves   the tree as k->root.tree_fd, and k->image_left_out.
 */
#ifndef SANDBOX_KEEPER_UNPACK_STAGE_H
#define SANDBOX_KEEPER_UNPACK_STAGE_H

#include "sandbox/keeper/inside.h"

/* Nothing, unless --rootfs names an archive. */
int unpack_stage_run(struct keeper *k, struct failure *f);

extern const struct steps unpacker_steps;

#endif
