/* sandbox/broker/object.h: containers, networks and volumes: made, renamed, removed.
 *
 * Every intent is written down before it is forwarded, every id once it is known (ownership.h).
 */
#ifndef SANDBOX_BROKER_OBJECT_H
#define SANDBOX_BROKER_OBJECT_H

#include "sandbox/broker/exchange.h"

int object_create(struct exchange *x); /* a container or a network */
int object_join(struct exchange *x);   /* a container into a network */
int object_exec(struct exchange *x);
int object_volume(struct exchange *x);
int object_remove(struct exchange *x);
int object_rename(struct exchange *x);

#endif
