/* sandbox/net/socks.h: the part of SOCKS 5 that a client needs to open a connection.
 *
 * Pure     no I/O, no allocation; fuzzed.
 * Strict   version 5, "no authentication" among the methods, CONNECT alone. A SOCKS 4 or 4a
 *          request is -1 with a reason of its own.
 * Source   RFC 1928.
 */
#ifndef SANDBOX_NET_SOCKS_H
#define SANDBOX_NET_SOCKS_H

#include "sandbox/net/address.h"
#include "sandbox/net/host_name.h"

#include <stdint.h>

#define SOCKS_BYTES 262 /* the longest message of a client */

enum socks_reply {
	SOCKS_DONE = 0,
	SOCKS_FAILED = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_HOST_UNREACHABLE = 4,
	SOCKS_REFUSED = 5,
	SOCKS_NO_COMMAND = 7,
	SOCKS_NO_ADDRESS_TYPE = 8,
};

struct socks_request {
	char name[HOST_NAME_BYTES]; /* "" where it is an address */
	struct address address;     /* family 0 where it is a name */
	uint16_t port;
	enum socks_reply reply; /* of a refused request */
	const char *why;
};

/* Both: 1 and *ret_used; 0: more bytes are needed; -1: refused. */
int socks_greeting_read(const uint8_t *bytes, size_t n, size_t *ret_used, const char **ret_why);
int socks_request_read(const uint8_t *bytes, size_t n, struct socks_request *ret, size_t *ret_used);
/* A domain name that is an address in text (curl sends those) is read as that address. */

#define SOCKS_REPLY_BYTES 10
void socks_reply_write(enum socks_reply reply, uint8_t ret[SOCKS_REPLY_BYTES]);

#endif
