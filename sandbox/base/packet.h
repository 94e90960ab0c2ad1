/* sandbox/base/packet.h: one message over a SOCK_SEQPACKET socket, with descriptors.
 *
 * Usage    a message is a struct of one size for both ends, and crosses whole or not at all.
 * Trusts   nothing of the peer but its size: no message is longer than the room for it, and no
 *          more descriptors stay open than there is a place for. What stands in a message is
 *          the reader's to check.
 */
#ifndef SANDBOX_BASE_PACKET_H
#define SANDBOX_BASE_PACKET_H

#include "sandbox/base/failure.h"

#include <sys/socket.h>
#include <sys/types.h>

#define PACKET_FDS 4 /* at most, with one message */

/* Sent: the sender's, as they were. Received: close-on-exec and the receiver's, -1 where none
 * came; own_packet_fds closes those that own_fd_give() has not taken out. */
struct packet_fds {
	int at[PACKET_FDS];
	size_t n;
};
#define PACKET_FDS_NONE                                                                            \
	{                                                                                          \
		.at = { -1, -1, -1, -1 }                                                           \
	}

void packet_fds_end(struct packet_fds *fds);
#define own_packet_fds __attribute__((cleanup(packet_fds_end)))

/* flags: MSG_DONTWAIT or 0; with it a socket that is full, or empty, is a failure whose errnum
 * is EAGAIN. fds NULL: none go with it, and a message that brings some is refused. */
int packet_send(int socket, const void *bytes, size_t n, const struct packet_fds *fds, int flags,
	struct failure *f);

/* 1: a message of exactly size bytes; 0: the peer has closed its end; -1. */
int packet_receive(
	int socket, void *ret, size_t size, struct packet_fds *fds, int flags, struct failure *f);

/* The same for messages that are cut to their type: how many bytes came, size at most. */
ssize_t packet_receive_most(
	int socket, void *ret, size_t size, struct packet_fds *fds, int flags, struct failure *f);

#endif
