/* sandbox/net/http_goal.h: the host that a request is for.
 *
 * Pure     no I/O, no allocation.
 * Strict   HOST or HOST:PORT, with a name of a host, a dotted quad, or an IPv6 address in
 *          brackets: no user, no blank, no port that is not a plain number from 1 to 65535.
 */
#ifndef SANDBOX_NET_HTTP_GOAL_H
#define SANDBOX_NET_HTTP_GOAL_H

#include "sandbox/docker/span.h"
#include "sandbox/net/address.h"
#include "sandbox/net/host_name.h"

#include <stdint.h>

/* A host as a request names it. */
struct http_goal {
	char name[HOST_NAME_BYTES]; /* "" where it is an address */
	struct address address;     /* family 0 where it is a name */
	uint16_t port;              /* 0: none was said */
};

#define HTTP_GOAL_PORT     80 /* the usual one, and that of https */
#define HTTP_GOAL_PORT_TLS 443

/* 0 or -1. */
int http_goal_read(struct span text, struct http_goal *ret);

/* The usual one of http where none was said. */
uint16_t http_goal_port(const struct http_goal *goal);

/* The same host; ports are for the caller. */
bool http_goal_is_host(const struct http_goal *a, const struct http_goal *b);

/* As http_goal_read() takes it; a port of 0, and the one named here, is left away. Returns ret. */
#define HTTP_GOAL_TEXT (HOST_NAME_BYTES + ADDRESS_TEXT + 8)
const char *http_goal_write(
	const struct http_goal *goal, uint16_t usual_port, char ret[HTTP_GOAL_TEXT]);

#endif
