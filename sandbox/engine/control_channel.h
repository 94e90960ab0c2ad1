/* sandbox/engine/control_channel.h: the messages of control.h, on the side that gives orders.
 *
 * Trusts   no text and no size: what comes is whole, and safe to print.
 */
#ifndef SANDBOX_ENGINE_CONTROL_CHANNEL_H
#define SANDBOX_ENGINE_CONTROL_CHANNEL_H

#include "sandbox/base/packet.h"
#include "sandbox/companion/companion.h"
#include "sandbox/docker/control.h"

#include <stdint.h>

/* fds NULL: none go with it. */
int control_send(
	int socket, const struct control *control, const struct packet_fds *fds, struct failure *f);

/* The one place that waits for a message: until deadline_ms (clock.h), for ever, or not at all.
 * 1: a message; 0: end of file; -1: failure, in f->errnum EAGAIN if none is there now, ETIME if
 * none came in time. fds NULL: none is due, and a message that brings some is a failure. */
#define CONTROL_NOW     UINT64_C(0)
#define CONTROL_FOREVER UINT64_MAX
int control_receive(int socket, struct control *ret, struct packet_fds *fds, uint64_t deadline_ms,
	struct failure *f);

/* How a broker is started. Its modes are "--serve", and "--cleanup" where it is to remove what an
 * earlier one left. */
extern const struct companion_kind broker_kind;

#endif
