/* sandbox/broker/anonymous.h: volumes without a name, which the engine makes with a container.
 *
 * They carry no label, are gone with their container, and count as the run's others do.
 */
#ifndef SANDBOX_BROKER_ANONYMOUS_H
#define SANDBOX_BROKER_ANONYMOUS_H

#include "sandbox/broker/exchange.h"

/* How many the container of x->given will have, at most: of its own words and of its image's. */
int anonymous_count(struct exchange *x, size_t *ret);
/* Those of the container that was made with this id are the run's. */
void anonymous_record(struct exchange *x, const char *id);

#endif
