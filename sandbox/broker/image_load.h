/* sandbox/broker/image_load.h: docker load: images that come in an archive.
 *
 * What the archive may hold and what of it goes on: image_archive.h, saved_image.h. Each image gets
 * the labels of this run, unless it has them, and so another id than where it was saved; and its
 * names, which have to be granted like all that are made, from us, once the engine has it.
 */
#ifndef SANDBOX_BROKER_IMAGE_LOAD_H
#define SANDBOX_BROKER_IMAGE_LOAD_H

#include "sandbox/broker/exchange.h"

int image_load(struct exchange *x);

#endif
