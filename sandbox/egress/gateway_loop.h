/* sandbox/egress/gateway_loop.h: the turns of the gateway: who comes in, what the launcher says, and
 * once a second those that wait too long.
 */
#ifndef SANDBOX_EGRESS_GATEWAY_LOOP_H
#define SANDBOX_EGRESS_GATEWAY_LOOP_H

#include "sandbox/egress/gateway.h"

/* Serve until the launcher is gone, or has heard FINISHED. */
void gateway_loop(struct gateway *gateway);

#endif
