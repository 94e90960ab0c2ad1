/* sandbox/docker/http.h: the grammar of HTTP/1.1 that the broker understands.
 *
 * Pure    no I/O, no allocation; fuzzed. Spans point into the caller's bytes.
 * Strict  what a lenient reader would mend is refused (README.md has
 *         the reasons): exactly "METHOD SP origin-form SP HTTP/1.1 CRLF", header lines ended
 *         by CRLF, no folding, no blank before the colon, token characters in names,
 *         visible ASCII, blank and tab in values, at most one of each header that means
 *         something here, never Content-Length together with Transfer-Encoding, digits
 *         alone in a length, exactly "chunked" as an encoding.
 * Source  RFC 9112; RFC 9110 sections 5 and 6.
 */
#ifndef SANDBOX_DOCKER_HTTP_H
#define SANDBOX_DOCKER_HTTP_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_BYTES      (96 * 1024) /* request line and headers, all of it */
#define HTTP_PLAIN_BYTES     (32 * 1024) /* of that, everything but X-Registry-* values */
#define HTTP_REGISTRY_BYTES  (64 * 1024) /* of that, X-Registry-Auth and X-Registry-Config */
#define HTTP_HEADERS         100
#define HTTP_CHUNK_LINE      1024 /* a chunk's size with its extension */
#define HTTP_TRAILER_BYTES   4096
#define HTTP_SESSION_METHODS 32 /* what is more is refused */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_METHODS };
const char *http_method_name(enum http_method method);

/* What the Upgrade header asks for. Two tokens or two headers are refused. */
enum http_upgrade { HTTP_UPGRADE_NONE, HTTP_UPGRADE_TCP, HTTP_UPGRADE_H2C, HTTP_UPGRADE_OTHER };

struct http_request {
	enum http_method method;
	struct span target;      /* origin form: begins with '/' */
	bool chunked;            /* Transfer-Encoding: chunked */
	bool has_length;         /* Content-Length */
	uint64_t length;         /* at most 2^62 */
	bool expect_continue;    /* Expect: 100-continue; any other value is refused (417) */
	bool close;              /* Connection: close */
	bool connection_upgrade; /* Connection has the token upgrade */
	enum http_upgrade upgrade;
	struct span content_type;     /* as it stands, blanks around it cut; s NULL: none */
	struct span content_encoding; /* s NULL: none, or the word identity */
	struct span registry_auth;    /* X-Registry-Auth, s NULL: none */
	struct span registry_config;  /* X-Registry-Config, s NULL: none */
	/* X-Docker-Expose-Session-Uuid, -Name, -Sharedkey; s NULL: none */
	struct span session_id, session_name, session_key;
	struct span session_methods[HTTP_SESSION_METHODS]; /* …-Grpc-Method, of which many stand */
	size_t session_methods_n;
};

/* 1: *ret is filled and *ret_used bytes were the head; 0: more bytes are needed; -1:
 * refused, and nothing behind it can be trusted to be a request. Needs more is refused as
 * soon as a limit above is passed. The first line "PRI * HTTP/2.0" gets a reason of its
 * own (HTTP/2 is not spoken here). */
int http_request_read(
	const char *bytes, size_t n, struct http_request *ret, size_t *ret_used, struct refusal *r);

/* Does the content type, its parameters left away and letters folded, equal this one?
 * `span` may be {NULL, 0}, which equals "". */
bool http_type_is(struct span content_type, const char *type);

/* The engine's side; the same strictness, for a stranger's bytes may steer it. */
struct http_response {
	int status;
	bool chunked, has_length;
	uint64_t length;
	bool close;    /* Connection: close, or HTTP/1.0 */
	bool upgraded; /* Connection: Upgrade with an Upgrade header */
	struct span content_type;
	struct span path_stat;    /* X-Docker-Container-Path-Stat */
	struct span api_version;  /* Api-Version */
	struct span os_type;      /* Ostype */
	struct span experimental; /* Docker-Experimental */
};
int http_response_read(const char *bytes, size_t n, struct http_response *ret, size_t *ret_used,
	struct refusal *r);

/* Does this answer have a body, by RFC 9112 section 6.3? (Not to HEAD, not 1xx, 204, 304.) */
bool http_response_has_body(const struct http_response *response, enum http_method asked);

/* A chunk's first line at bytes: 1 and its size (0: the last one) and how many bytes the
 * line took; 0: more bytes are needed; -1: refused. Extensions are dropped, CRLF alone
 * ends it, at most 15 hexadecimal digits. */
int http_chunk_read(
	const char *bytes, size_t n, uint64_t *ret_size, size_t *ret_used, struct refusal *r);
/* The trailer section after the last chunk, empty line included: as above. Its fields are
 * checked for form and dropped. */
int http_trailer_read(const char *bytes, size_t n, size_t *ret_used, struct refusal *r);

#endif
