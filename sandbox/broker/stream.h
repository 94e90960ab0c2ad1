/* sandbox/broker/stream.h: one connection.
 *
 * Every function may yield to the loop (loop.h), and returns -1 at the connection's end, at
 * an error and when nothing moved for idle_ms; which of them it was nobody needs to know,
 * for the answer is the same: the connection is given up.
 */
#ifndef SANDBOX_BROKER_STREAM_H
#define SANDBOX_BROKER_STREAM_H

#include "sandbox/broker/loop.h"
#include "sandbox/docker/text.h"

#include <sys/types.h>

#define STREAM_PIECE (64 * 1024)

struct stream {
	struct loop *loop;
	struct endpoint end;
	struct text have; /* read, not yet consumed: from `at` on */
	size_t at;
	uint64_t idle_ms;  /* LOOP_FOREVER: a peer may be silent */
	uint64_t *counter; /* bytes read from it are added there; NULL: nobody counts */
	/* What ends our patience besides: the peer of the peer has gone. NULL: nothing. */
	struct endpoint *cancel_on;
	unsigned cancel_when; /* WAIT_HUP, WAIT_GONE, or WAIT_IN of a condition */
	bool writes_on;       /* that ends no writing: what was said last is delivered */
	bool hurried;         /* do not wait: fail, and say so in `held` */
	bool held;
};

/* fd is taken, also on failure. */
int stream_open(struct stream *s, struct loop *loop, int fd, struct failure *f);
void stream_close(struct stream *s);

/* What lies read, and how to say that n bytes of it are done with. */
const char *stream_bytes(const struct stream *s, size_t *ret_n);
void stream_consume(struct stream *s, size_t n);
/* Read at least one byte more, `most` at most. 1, 0 at the end, -1. */
int stream_fill(struct stream *s, size_t most);
/* Into the caller's memory, past what lies read already. Their number, 0 at the end, -1. */
ssize_t stream_receive(struct stream *s, char *ret, size_t n);
int stream_write(struct stream *s, const char *bytes, size_t n);
/* For who calls the kernel for a stream: it said EAGAIN to reading (WAIT_IN) or writing (WAIT_OUT).
 * Until it may be tried again; false when patience ends. */
bool stream_wait(struct stream *s, unsigned what);
/* Wake everybody who waits for this connection, with an end of file. */
void stream_break(struct stream *s);

#endif
