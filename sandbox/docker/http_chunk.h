/* sandbox/docker/http_chunk.h: a body in chunks. The grammar is that of http_head.h. */
#ifndef SANDBOX_DOCKER_HTTP_CHUNK_H
#define SANDBOX_DOCKER_HTTP_CHUNK_H

#include "sandbox/docker/refusal.h"

#include <stddef.h>
#include <stdint.h>

#define HTTP_CHUNK_LINE    1024 /* a chunk's size with its extension */
#define HTTP_TRAILER_BYTES 4096

/* A chunk's first line at bytes: 1 and its size (0: the last one) and how many bytes the
 * line took; 0: more bytes are needed; -1: refused. Extensions are dropped, CRLF alone
 * ends it, at most 15 hexadecimal digits. */
int http_chunk_read(
	const char *bytes, size_t n, uint64_t *ret_size, size_t *ret_used, struct refusal *r);
/* The trailer section after the last chunk, empty line included: as above. Its fields are
 * checked for form and dropped. */
int http_trailer_read(const char *bytes, size_t n, size_t *ret_used, struct refusal *r);

#endif
