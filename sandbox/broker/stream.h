/* sandbox/broker/stream.h: one connection, and bodies that pass over it.
 *
 * Every function may yield to the loop (loop.h), and returns -1 at the connection's end, at
 * an error and when nothing moved for idle_ms; which of them it was nobody needs to know,
 * for the answer is the same: the connection is given up.
 */
#ifndef SANDBOX_BROKER_STREAM_H
#define SANDBOX_BROKER_STREAM_H

#include "sandbox/broker/loop.h"
#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"

#include <sys/types.h>

#define STREAM_PIECE (64 * 1024)
#define STREAM_PIPE  (512 * 1024) /* asked for; the kernel may give less */

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
int stream_write(struct stream *s, const char *bytes, size_t n);
/* Wake everybody who waits for this connection, with an end of file. */
void stream_break(struct stream *s);

/* ---- a body on its way in ---- */

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };
struct body {
	struct stream *from;
	enum framing framing;
	uint64_t left; /* of the length, or of the chunk at hand */
	bool in_chunk; /* its data are due, or the CRLF behind them */
	bool at_trailers;
	bool ended;
	size_t line_bytes;    /* how long the last chunk's line was */
	uint64_t taken, most; /* 413 past this */
};

/* How many bytes of data come next without a boundary: 1 and *ret_n (never 0;
 * UINT64_MAX where the end of the connection is the end of the body), 0 at the end, -1
 * refused or the connection's end (r tells). */
int body_next(struct body *body, uint64_t *ret_n, struct refusal *r);
/* Read some data: their number, 0 at the end, -1. */
ssize_t body_read(struct body *body, char *ret, size_t n, struct refusal *r);
/* All of it, appended to *ret. */
int body_collect(struct body *body, struct text *ret, struct refusal *r);

/* ---- and on its way out ---- */

struct sink {
	struct stream *to;
	bool chunked;
	int pipe[2]; /* for splice(2); -1 until it is used */
};

int sink_write(struct sink *sink, const char *bytes, size_t n);
/* Move data without looking at them: at least one byte, at most n, as much as is there
 * without waiting again and as one piece holds. *ret_moved: 0 at the end of the body. */
int sink_move(
	struct sink *sink, struct body *body, uint64_t n, uint64_t *ret_moved, struct refusal *r);
int sink_end(struct sink *sink);
void sink_release(struct sink *sink);

/* ---- a tunnel ---- */

/* Bytes as they are, both ways, until both ends have said all; what lies read already is
 * passed on first. Counters of both streams go on. */
void stream_tunnel(struct stream *a, struct stream *b);

#endif
