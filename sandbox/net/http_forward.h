/* sandbox/net/http_forward.h: one head of a request, understood and written anew for its server.
 *
 * Pure     no I/O. The grammar is that of sandbox/docker/http_head.h.
 * Anew     the target becomes a path, Host what was understood; framing is written from what was
 *          read; what concerns one connection (Connection, Proxy-*, TE, Trailer, and an
 *          Upgrade to h2c with its settings, which Java's client asks for) is left away.
 * Login    for a goal that credentials (NULL: there are none) has a row for, Authorization is written
 *          from that, whatever the client says of it; and a method that asks the server to send a
 *          request back as it came is refused.
 * Refused  any other Upgrade; a word of Connection that is neither close, keep-alive, TE nor one
 *          of an upgrade to h2c; two hosts in one head; Transfer-Encoding in HTTP/1.0; a field that
 *          is one of framing but for its '-'.
 */
#ifndef SANDBOX_NET_HTTP_FORWARD_H
#define SANDBOX_NET_HTTP_FORWARD_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/span.h"
#include "sandbox/net/http_credential.h"
#include "sandbox/net/http_goal.h"

struct http_forward {
	struct http_goal goal; /* with its port */
	bool connect;          /* nothing was written */
	bool chunked;
	uint64_t length; /* of the body, if it is not chunked */
};

/* The form of a first line, without its end: 0 or -1. */
int http_forward_check_line(struct span line, struct refusal *r);

/* head: all of it, with the empty line. dialled: NULL at a proxy, where every request is the last
 * one of its connection. 0 or -1; what was added to out is to be thrown away then. */
int http_forward_write(struct span head, const struct http_goal *dialled,
	const struct http_credentials *credentials, struct http_forward *ret, struct text *out,
	struct refusal *r);

#endif
