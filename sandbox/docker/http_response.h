/* sandbox/docker/http_response.h: what an engine answers. The grammar is that of http_head.h. */
#ifndef SANDBOX_DOCKER_HTTP_RESPONSE_H
#define SANDBOX_DOCKER_HTTP_RESPONSE_H

#include "sandbox/docker/http_head.h"
#include "sandbox/docker/http_request.h"

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

#endif
