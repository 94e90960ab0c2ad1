/* sandbox/broker/base_images.h: may a build use the images that its Dockerfile names? */
#ifndef SANDBOX_BROKER_BASE_IMAGES_H
#define SANDBOX_BROKER_BASE_IMAGES_H

#include "sandbox/broker/broker.h"
#include "sandbox/docker/dockerfile.h"

/* Each is the run's own, granted, or fetched if --docker-pull grants it; and so is what the
 * ONBUILD of each names. 403 if not. Fills the ids, which is what is built from. Yields. */
int base_images_granted(struct broker *b, struct endpoint *cancel_on,
	struct dockerfile_images *images, struct refusal *r);

#endif
