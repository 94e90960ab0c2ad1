/* sandbox/broker/image_make.h: images that come neither from a build nor from a registry.
 *
 * They get the run's labels behind whatever the client changes, and their names from us, once they
 * are there: the engine is never told one.
 */
#ifndef SANDBOX_BROKER_IMAGE_MAKE_H
#define SANDBOX_BROKER_IMAGE_MAKE_H

#include "sandbox/broker/exchange.h"

int image_make_commit(struct exchange *x); /* of a container of the run's own */
int image_make_import(struct exchange *x); /* of a tar that follows */
/* Is this POST /images/create one, and no pull? */
bool image_make_is_import(const struct exchange *x);

#endif
