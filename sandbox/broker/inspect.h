/* sandbox/broker/inspect.h: looking at objects: what of the engine's words a run may read. */
#ifndef SANDBOX_BROKER_INSPECT_H
#define SANDBOX_BROKER_INSPECT_H

#include "sandbox/broker/exchange.h"

int inspect_object(struct exchange *x);
int inspect_list(struct exchange *x);
int inspect_top(struct exchange *x);  /* docker top */
int inspect_wait(struct exchange *x); /* docker wait */

#endif
