/* sandbox/docker/http_head.h: the grammar of HTTP/1.1 that the broker, and whatever lets
 * requests out (sandbox/net/http_gate.h), understand: lines and fields, which requests, responses
 * and trailers share.
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
#ifndef SANDBOX_DOCKER_HTTP_HEAD_H
#define SANDBOX_DOCKER_HTTP_HEAD_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_BYTES      (96 * 1024) /* request line and headers, all of it */
#define HTTP_PLAIN_BYTES     (32 * 1024) /* of that, everything but X-Registry-* values */
#define HTTP_REGISTRY_BYTES  (64 * 1024) /* of that, X-Registry-Auth and X-Registry-Config */
#define HTTP_HEADERS         100
#define HTTP_SESSION_METHODS 32 /* what is more is refused */

enum http_field {
	HTTP_FIELD_HOST,
	HTTP_FIELD_CONNECTION,
	HTTP_FIELD_UPGRADE,
	HTTP_FIELD_EXPECT,
	HTTP_FIELD_TRANSFER_ENCODING,
	HTTP_FIELD_CONTENT_LENGTH,
	HTTP_FIELD_CONTENT_TYPE,
	HTTP_FIELD_CONTENT_ENCODING,
	HTTP_FIELD_REGISTRY_AUTH,
	HTTP_FIELD_REGISTRY_CONFIG,
	HTTP_FIELD_SESSION_ID,
	HTTP_FIELD_SESSION_NAME,
	HTTP_FIELD_SESSION_KEY,
	HTTP_FIELD_SESSION_METHOD, /* may stand there more than once */
	HTTP_FIELD_PATH_STAT,
	HTTP_FIELD_API_VERSION,
	HTTP_FIELD_OS_TYPE,
	HTTP_FIELD_EXPERIMENTAL,
	HTTP_FIELDS,
};

enum http_side { HTTP_SIDE_REQUEST = 1, HTTP_SIDE_RESPONSE = 2, HTTP_SIDE_BOTH = 3 };

struct http_head {
	enum http_side side;
	int status;         /* of a refusal: a builder's fault is 400, the engine's 502 */
	const char *whose;  /* the same, in words */
	size_t plain_bytes; /* so far */
	size_t registry_bytes;
	unsigned fields_n;
	struct span values[HTTP_FIELDS]; /* s NULL: not there */
	struct span methods[HTTP_SESSION_METHODS];
	size_t methods_n;
};

/* ---- characters ---- */
bool http_is_digit(char c);
bool http_is_token(struct span s); /* RFC 9110, section 5.6.2 */
/* Visible ASCII, and blank and tab where they may stand. */
bool http_is_printable(struct span s, bool blanks);
/* How many bytes of it a reason shows. */
int http_shown(struct span s);

/* ---- lines; whose and status are for refusals ---- */
/* Up to the first LF within `most` bytes, LF included; all that is there if none came yet. */
struct span http_line_at(const char *bytes, size_t n, size_t most, bool *ret_whole);
/* Take CRLF off the end. */
int http_line_end(struct span *line, int status, const char *whose, struct refusal *r);
/* "Name: value", blanks around the value cut. line is not empty. */
int http_field_split(struct span line, int status, const char *whose, struct span *ret_name,
	struct span *ret_value, struct refusal *r);

/* ---- a head: 1, 0: more bytes are needed, -1 ---- */
/* The line at *used, without its end; *used is past it then. */
int http_head_line(struct http_head *head, const char *bytes, size_t n, struct span *ret_line,
	size_t *used, struct refusal *r);
/* All that follows the first line, the empty line included. */
int http_head_fields(
	struct http_head *head, const char *bytes, size_t n, size_t *used, struct refusal *r);

struct http_framing {
	bool chunked, has_length;
	uint64_t length;
	bool close, connection_upgrade;
};

int http_framing_read(const struct http_head *head, struct http_framing *ret, struct refusal *r);

#endif
