/* sandbox/egress/passage_run.h: a connection of the build from its first byte on, as far as it goes
 * without waiting.
 */
#ifndef SANDBOX_EGRESS_PASSAGE_RUN_H
#define SANDBOX_EGRESS_PASSAGE_RUN_H

#include "sandbox/egress/passage.h"

/* Take the socket, which came in at this listener. */
void passage_accept(struct listener *listener, int fd);
/* Go on, as far as it goes without waiting and within one turn's share. */
void passage_run(struct passage *c);
/* One more turn for each that had its share and could go on (gateway.again). */
void passage_run_again(struct gateway *gateway);
/* Once a second. */
void passage_tick(struct gateway *gateway, uint64_t now_ms);

#endif
