/* sandbox/egress/carry.h: bytes of one direction of a connection, moved and not read.
 *
 * splice(2) through a pipe that is there only while bytes are in it, so that a connection that
 * is silent costs two descriptors.
 */
#ifndef SANDBOX_EGRESS_CARRY_H
#define SANDBOX_EGRESS_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct carry {
	int pipe[2];             /* -1: none */
	size_t piped;            /* bytes in it */
	bool readable, writable; /* what the kernel said last, of the two ends */
	bool ended;              /* the sender has said its last */
	bool shut;               /* and the receiver was told so */
	uint64_t bytes;          /* that have arrived */
};

#define CARRY_NONE                                                                                 \
	{                                                                                          \
		.pipe = { -1, -1 }                                                                 \
	}

/* Move what can be moved, and the end behind it, but no more than one turn's share. 1: there may
 * be more at once; 0: not before the kernel says so; -1: an end is broken. */
int carry_run(struct carry *carry, int from, int to);
void carry_end(struct carry *carry);

#endif
