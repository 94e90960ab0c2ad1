/* sandbox/broker/grpc_sides.h: the two sides of a connection of gRPC, and what goes out to them. */
#ifndef SANDBOX_BROKER_GRPC_SIDES_H
#define SANDBOX_BROKER_GRPC_SIDES_H

#include "sandbox/broker/exchange.h"

#include <nghttp2/nghttp2.h>

struct grpc_side {
	struct grpc *grpc;
	nghttp2_session *session;
	struct stream *stream;
	bool flushing, again;
};

struct grpc {
	struct exchange *x;
	struct grpc_side client, engine;
	struct grpc_call *calls;
	size_t calls_n;
	unsigned fibers;
	struct endpoint quiet; /* no fiber is left but the first */
	bool over;
};

/* Write what nghttp2 has for either side. What one side takes may open the other one's window. */
void grpc_sides_flush(struct grpc *g);
/* Neither side has anything more to say. */
void grpc_sides_end(struct grpc *g);

#endif
