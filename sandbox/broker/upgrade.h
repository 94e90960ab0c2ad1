/* sandbox/broker/upgrade.h: connections that carry something else than HTTP/1.1 from some byte on.
 *
 * What the request asked for decides nothing: only the engine's 101, or a 200 that is a raw
 * stream to the end of the connection, makes a tunnel.
 */
#ifndef SANDBOX_BROKER_UPGRADE_H
#define SANDBOX_BROKER_UPGRADE_H

#include "sandbox/broker/exchange.h"

int upgrade_hijack(struct exchange *x); /* attach, exec */

/* Before the head is consumed: a session's headers, checked and written anew. */
int upgrade_understand(struct exchange *x);
int upgrade_session(struct exchange *x);
int upgrade_grpc(struct exchange *x);

/* HTTP/2 without an upgrade (RFC 9113, section 3.3), as newer clients speak it: the same
 * calls. True: these n bytes, or what there is of them, begin so. */
bool upgrade_is_preface(const char *bytes, size_t n);
#define UPGRADE_PREFACE_BYTES 24
/* The connection is nothing else from here on. */
int upgrade_preface(struct exchange *x);

#endif
