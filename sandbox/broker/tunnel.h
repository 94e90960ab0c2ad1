/* sandbox/broker/tunnel.h: two connections as one. */
#ifndef SANDBOX_BROKER_TUNNEL_H
#define SANDBOX_BROKER_TUNNEL_H

#include "sandbox/broker/stream.h"

/* Bytes as they are, both ways, until both ends have said all; what lies read already is
 * passed on first. Counters of both streams go on. */
void tunnel_run(struct stream *a, struct stream *b);

#endif
