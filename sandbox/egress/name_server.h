/* sandbox/egress/name_server.h: the name server of a build.
 *
 * A permitted name has an address of its own (name_table.h), any other does not exist: NXDOMAIN
 * is the answer after which clients give up at once, where REFUSED and SERVFAIL make them try
 * again. Nothing that is asked here is asked outside.
 */
#ifndef SANDBOX_EGRESS_NAME_SERVER_H
#define SANDBOX_EGRESS_NAME_SERVER_H

#include "sandbox/egress/gateway.h"
#include "sandbox/net/dns_message.h"

/* Answer all that waits at the listener's socket. */
void name_server_answer(struct listener *listener);
/* The answer to one question; its length, 0: none is due. */
size_t name_server_reply(
	struct gateway *gateway, const uint8_t *bytes, size_t n, uint8_t ret[DNS_MESSAGE_BYTES]);

#endif
