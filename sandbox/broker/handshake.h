/* sandbox/broker/handshake.h: who is there? Answers of the engine's that are written anew, or ours. */
#ifndef SANDBOX_BROKER_HANDSHAKE_H
#define SANDBOX_BROKER_HANDSHAKE_H

#include "sandbox/broker/exchange.h"

int handshake_ping(struct exchange *x);
int handshake_version(struct exchange *x);
int handshake_info(struct exchange *x);
int handshake_auth(struct exchange *x); /* nothing is logged in to */

#endif
