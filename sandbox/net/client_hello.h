/* sandbox/net/client_hello.h: which server the first message of TLS names.
 *
 * Pure     no I/O, no allocation beyond the caller's struct; fuzzed.
 * Strict   exact lengths all the way down; one server name of type host_name; a ClientHello over several
 *          records is put together up to CLIENT_HELLO_BYTES; each extension once.
 * Blind    to what follows: a server that asks for another try (HelloRetryRequest) gets a second
 *          ClientHello, and may believe the name in that one, as it may believe a Host within TLS.
 * Source   RFC 8446, section 4; RFC 6066, section 3; RFC 9849 (encrypted_client_hello, 0xfe0d).
 */
#ifndef SANDBOX_NET_CLIENT_HELLO_H
#define SANDBOX_NET_CLIENT_HELLO_H

#include "sandbox/net/host_name.h"

#include <stdint.h>

#define CLIENT_HELLO_BYTES (16 * 1024 + 256) /* with the heads of its records */

enum client_hello_verdict {
	CLIENT_HELLO_MORE,    /* so far it could be one: more bytes are needed */
	CLIENT_HELLO_NOT_TLS, /* the first bytes are not a handshake record's */
	CLIENT_HELLO_BAD,     /* it begins as one and is none, or is too long; why is set */
	CLIENT_HELLO_WHOLE,   /* it is read */
};

struct client_hello {
	char name[HOST_NAME_BYTES]; /* in the one spelling; "" without SNI */
	bool encrypted;             /* it has the extension of an encrypted ClientHello */
	const char *why;
};

/* bytes: all that came on the connection so far. An SNI that is no name of a host (an
 * address, a NUL in it) is CLIENT_HELLO_BAD. */
enum client_hello_verdict client_hello_read(
	const uint8_t *bytes, size_t n, struct client_hello *ret);

#endif
