/* sandbox/docker/http_request.h: what a client asks. The grammar is that of http_head.h. */
#ifndef SANDBOX_DOCKER_HTTP_REQUEST_H
#define SANDBOX_DOCKER_HTTP_REQUEST_H

#include "sandbox/docker/http_head.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_METHODS };
const char *http_method_name(enum http_method method);

/* What the Upgrade header asks for. Two tokens or two headers are refused. */
enum http_upgrade { HTTP_UPGRADE_NONE, HTTP_UPGRADE_TCP, HTTP_UPGRADE_H2C, HTTP_UPGRADE_OTHER };

struct http_request {
	enum http_method method;
	struct span target;      /* origin form: begins with '/' */
	bool old;                /* HTTP/1.0: no chunks, no upgrade, one request a connection */
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

/* Does the content type, its parameters left out and letters folded, equal this one?
 * `span` may be {NULL, 0}, which equals "". */
bool http_type_is(struct span content_type, const char *type);

#endif
