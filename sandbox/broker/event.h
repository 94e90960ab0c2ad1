/* sandbox/broker/event.h: GET /events, of what is the run's own.
 *
 * The engine speaks of an object before it answers who made it, and after it has answered who
 * removed it: what is being made is waited for, and what has gone is remembered for a while.
 */
#ifndef SANDBOX_BROKER_EVENT_H
#define SANDBOX_BROKER_EVENT_H

#include "sandbox/broker/exchange.h"

int event_relay(struct exchange *x);

#endif
