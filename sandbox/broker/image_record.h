/* sandbox/broker/image_record.h: an image that a build has made. */
#ifndef SANDBOX_BROKER_IMAGE_RECORD_H
#define SANDBOX_BROKER_IMAGE_RECORD_H

#include "sandbox/broker/broker.h"

/* The image of that name or id is the run's, if it carries the run's label. False if not, or if
 * the engine does not say. Once more changes nothing. Yields. */
bool image_record(struct broker *b, const char *name);

#endif
