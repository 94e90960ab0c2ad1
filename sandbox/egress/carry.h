/* sandbox/egress/carry.h: bytes of one direction of a connection, moved and not read.
 *
 * splice(2) through a pipe that is there only while bytes are in it, so that a connection that
 * is silent costs two descriptors. What one call moves is what the pipe has room for, and
 * a user has a bound of that over all pipes (pipe(7)): a few wide ones go from hand to hand,
 * and who finds none has one of the usual size.
 */
#ifndef SANDBOX_EGRESS_CARRY_H
#define SANDBOX_EGRESS_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct carry {
	int pipe[2];             /* -1: none */
	bool is_wide;            /* one of those */
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

#define CARRY_WIDE 8
struct carry_wide {
	int idle[CARRY_WIDE][2]; /* empty, for whoever is next */
	size_t idle_n, made_n;
};

/* Move what can be moved, and the end behind it, but no more than one turn's share. 1: there may
 * be more at once; 0: not before the kernel says so; -1: an end is broken. */
int carry_run(struct carry *carry, int from, int to, struct carry_wide *wide);
void carry_end(struct carry *carry, struct carry_wide *wide);

#endif
