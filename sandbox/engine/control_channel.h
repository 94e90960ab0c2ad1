/* sandbox/engine/control_channel.h: the messages of control.h, on the side that gives orders.
 *
 * Trusts   no text and no size: what comes is whole, and safe to print.
 */
#ifndef SANDBOX_ENGINE_CONTROL_CHANNEL_H
#define SANDBOX_ENGINE_CONTROL_CHANNEL_H

#include "sandbox/base/packet.h"
#include "sandbox/docker/control.h"

#include <stdbool.h>

/* fds NULL: none go with it. */
int control_send(
	int socket, const struct control *control, const struct packet_fds *fds, struct failure *f);

/* 1: a message; 0: end of file; -1: failure, EAGAIN in f->errnum if wait is false and there is
 * none. fds NULL: none is due, and a message that brings some is a failure. */
int control_receive(
	int socket, struct control *ret, struct packet_fds *fds, bool wait, struct failure *f);

#endif
