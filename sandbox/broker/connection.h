/* sandbox/broker/connection.h: the fiber of one connection of the builder.
 *
 * Reads a head, finds its route, checks query and body, carries the request out by the route's
 * handler and answers; again, until either side has enough.
 */
#ifndef SANDBOX_BROKER_CONNECTION_H
#define SANDBOX_BROKER_CONNECTION_H

#include "sandbox/broker/broker.h"

/* What the fiber of a connection gets, and frees. The stream stands in broker->clients. */
struct connection_start {
	struct broker *broker;
	struct stream *client;
};
void connection_serve(void *connection_start);
/* The connection is over: close it, and make room. */
void connection_leave(struct broker *b, struct stream *client);

#endif
