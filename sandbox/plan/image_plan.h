/* sandbox/plan/image_plan.h: what --rootfs names, decided.
 *
 * Runs in  the launcher, as the user that the sandbox runs as. An image is looked into by a
 *          companion, which has its directory or archive and nothing else.
 * Leaves   plan->root.image; where something is to be unpacked plan->unpack, and of an image
 *          plan->image.
 */
#ifndef SANDBOX_PLAN_IMAGE_PLAN_H
#define SANDBOX_PLAN_IMAGE_PLAN_H

#include "sandbox/plan/plan.h"

/* Nothing without --rootfs. */
int image_plan_make(const struct config *config, const struct identity *identity, struct plan *plan,
	struct failure *f);

#endif
