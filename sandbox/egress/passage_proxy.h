/* sandbox/egress/passage_proxy.h: a client that knows of the proxy says whom it wants.
 *
 * HTTP's CONNECT, a request with an absolute target, or SOCKS 5, on one port: its first byte
 * tells.
 */
#ifndef SANDBOX_EGRESS_PASSAGE_PROXY_H
#define SANDBOX_EGRESS_PASSAGE_PROXY_H

#include "sandbox/egress/passage.h"

/* Look at c->first. 1: c->goal is set; 0: more bytes are needed; -1: it was refused. */
int passage_proxy_read(struct passage *c);
/* Its goal was reached: say so, where the client waits for it. */
void passage_proxy_answer(struct passage *c);

#endif
