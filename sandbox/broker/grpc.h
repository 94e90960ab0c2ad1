/* sandbox/broker/grpc.h: one connection of gRPC, ended on both sides.
 *
 * HTTP/2 is nghttp2's on either side (plain sessions over a stream, no socket of theirs). A
 * call is read whole, checked by its row of buildkit.h and written anew; the answer goes back
 * as it comes, within the windows of HTTP/2, so that neither side can fill our memory.
 * Limits   GRPC_CALLS (grpc_call.h) at once, GRPC_REQUEST_BYTES a request, GRPC_HEADER_BYTES of metadata;
 *          GRPC_ALL_REQUEST_BYTES of requests over all connections of the broker.
 */
#ifndef SANDBOX_BROKER_GRPC_H
#define SANDBOX_BROKER_GRPC_H

#include "sandbox/broker/exchange.h"

/* Until either side has enough. x->client speaks HTTP/2 from its next byte on, and x->engine
 * is an upgraded connection. */
void grpc_serve(struct exchange *x);

#endif
