/* sandbox/net/http_gate.h: what a client says in HTTP/1, let through request by request.
 *
 * Pure     no I/O; fuzzed. Its memory is the head that it is reading, at most HTTP_GATE_BYTES,
 *          and what it has to give on.
 * Strict   as sandbox/docker/http_head.h: what two readers could understand differently is
 *          refused. Any method that is a token, but CONNECT only at a proxy; HTTP/1.1, and 1.0;
 *          exactly one Host (at a proxy, where the target says the same, HTTP/1.0 needs none).
 *          HTTP/2's preface "PRI * HTTP/2.0" is refused.
 * Anew     each head, and each chunk's size, is written from what was understood: see
 *          http_forward.h. Trailers and the extensions of chunks are left away.
 *
 * Behind a listener the gate has the name that was dialled, and every request must be for it.
 * At the proxy it has none: the first request says which host; a CONNECT ends the gate; a
 * request with an absolute target gets "Connection: close", so that the next comes on a
 * connection of its own, and what follows it on this one is not read.
 */
#ifndef SANDBOX_NET_HTTP_GATE_H
#define SANDBOX_NET_HTTP_GATE_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"
#include "sandbox/net/http_credential.h"
#include "sandbox/net/http_goal.h"

#include <stdint.h>

#define HTTP_GATE_BYTES (32 * 1024)

enum http_gate_event {
	HTTP_GATE_MORE,   /* all that was given is taken */
	HTTP_GATE_TARGET, /* proxy: a head was read, target is set; nothing after it was taken yet */
	HTTP_GATE_CONNECT, /* proxy: the same for CONNECT; what follows is the tunnel's */
	HTTP_GATE_REFUSED, /* status and why are set; nothing more may be given */
	HTTP_GATE_DONE,    /* proxy: the one request has ended; nothing more is read */
};

struct http_gate {
	const struct http_goal *dialled;            /* borrowed; NULL at the proxy */
	const struct http_credentials *credentials; /* borrowed; NULL: none */
	struct http_goal goal;  /* proxy: after HTTP_GATE_TARGET and HTTP_GATE_CONNECT */
	struct text out;        /* what goes on to the server; the caller cuts off what it wrote */
	struct refusal refused; /* after HTTP_GATE_REFUSED: the status to answer, and the reason */
	uint64_t requests;      /* heads that were let through */

	/* The rest is the gate's own. */
	struct text head;
	size_t line; /* where in head the line begins that is being read */
	int state;
	uint64_t body_left;
};

/* Zero-initialised but for `dialled` and `credentials` it is ready. */
void http_gate_release(struct http_gate *gate);

/* Take bytes; *ret_used of them are done with. After HTTP_GATE_TARGET the caller goes on with the
 * rest. A small head may wait in the gate over several calls; bodies are added to `out` as they
 * come, so that the caller bounds `out` by what it gives (never more than 2n + HTTP_GATE_BYTES). */
enum http_gate_event http_gate_take(
	struct http_gate *gate, const char *bytes, size_t n, size_t *ret_used);

#endif
