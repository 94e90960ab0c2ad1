/* Bytes that nobody looks at go from socket to pipe to socket by splice(2), as pages.
 *
 *   gather       into the pipe, over the borders of chunks, for as long as nothing has to be
 *                waited for: the first byte is waited for, the others are not (hurried)
 *   piece_begin  how many they are is known only now, and a chunk begins with its length
 *   splice_out   all of them, with waiting: nothing is left in the pipe between two moves
 *
 * A chunk that was announced is a promise: nothing is announced before it is in the pipe. If the
 * body is cut short meanwhile, the chunk is not begun, and what is in the pipe goes nowhere. */
#include "sandbox/broker/sink.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>

static int piece_begin(struct sink *sink, uint64_t n)
{
	char line[24];

	if (!sink->chunked)
		return 0;
	snprintf(line, sizeof(line), "%llx\r\n", (unsigned long long)n);
	return stream_write(sink->to, line, strlen(line));
}

static int piece_end(struct sink *sink)
{
	return sink->chunked ? stream_write(sink->to, "\r\n", 2) : 0;
}

int sink_write(struct sink *sink, const char *bytes, size_t n)
{
	if (n == 0)
		return 0;
	return piece_begin(sink, n) < 0 || stream_write(sink->to, bytes, n) < 0 ||
			       piece_end(sink) < 0
		       ? -1
		       : 0;
}

int sink_end(struct sink *sink)
{
	return sink->chunked ? stream_write(sink->to, "0\r\n\r\n", 5) : 0;
}

void sink_release(struct sink *sink)
{
	own_fd_end(&sink->pipe[0]);
	own_fd_end(&sink->pipe[1]);
}

/* ---- bytes that are not looked at ---- */

static int pipe_ready(struct sink *sink)
{
	if (sink->pipe[0] >= 0)
		return 0;
	if (pipe2(sink->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		sink->pipe[0] = sink->pipe[1] = -1;
		return -1;
	}
	fcntl(sink->pipe[1], F_SETPIPE_SZ, SINK_PIPE); /* a smaller one is slower, no less right */
	return 0;
}

/* From the connection into the pipe: the kernel hands over pages. A full pipe is no reason
 * to wait: *ret_full. */
static ssize_t splice_in(struct stream *from, int pipe, size_t n, bool piped, bool *ret_full)
{
	*ret_full = false;
	for (;;) {
		ssize_t got = splice(
			from->end.fd, NULL, pipe, NULL, n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (got >= 0) {
			if (from->counter != NULL)
				*from->counter += (uint64_t)got;
			return got;
		}
		if (errno == EAGAIN && piped) {
			*ret_full = true; /* or the connection is empty: the caller goes on later */
			return 0;
		}
		if (errno != EINTR && (errno != EAGAIN || !stream_wait(from, WAIT_IN)))
			return -1;
	}
}

static int splice_out(int pipe, struct stream *to, size_t n)
{
	while (n > 0) {
		ssize_t put = splice(pipe, NULL, to->end.fd, NULL, n,
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE);

		if (put > 0)
			n -= (size_t)put;
		else if (put == 0 ||
			 (errno != EINTR && (errno != EAGAIN || !stream_wait(to, WAIT_OUT))))
			return -1;
	}
	return 0;
}

/* What was read already, with a chunk's line, is put in front of what follows. */
static ssize_t pipe_read_ahead(struct sink *sink, struct body_reader *body, size_t n)
{
	size_t have;
	const char *bytes = stream_bytes(body->from, &have);
	ssize_t put = write(sink->pipe[1], bytes, have < n ? have : n);

	if (put < 0)
		return errno == EAGAIN ? 0 : -1;
	stream_consume(body->from, (size_t)put);
	return put;
}

/* Into the pipe, across the borders of chunks, until the next byte would have to be waited
 * for, or the pipe is full. -1: refused, or the connection's end. */
static int gather(
	struct sink *sink, struct body_reader *body, uint64_t n, uint64_t *piped, struct refusal *r)
{
	struct stream *from = body->from;
	uint64_t next;
	size_t have;

	while (*piped < n && *piped < SINK_PIPE) {
		bool full = false;
		ssize_t got;
		int more;

		from->hurried = *piped > 0;
		from->held = false;
		more = body_reader_next(body, &next, r);
		from->hurried = false;
		if (more < 0)
			return from->held ? 0 : -1;
		if (more == 0)
			return 0;
		if (next > n - *piped)
			next = n - *piped;
		stream_bytes(from, &have);
		got = have > 0 ? pipe_read_ahead(sink, body, (size_t)next)
			       : splice_in(from, sink->pipe[1],
					 next < SINK_PIPE ? (size_t)next : SINK_PIPE, *piped > 0,
					 &full);
		if (got < 0)
			return refuse(r, 502, "a connection ended in the middle of a body");
		if (got == 0 && (full || have > 0))
			return 0;
		if (got == 0 && body->framing != FRAMING_CLOSE)
			return body_reader_cut_short(r);
		if (got == 0) {
			body->ended = true;
			return 0;
		}
		*piped += (uint64_t)got;
		if (body_reader_count(body, (size_t)got, r) < 0)
			return -1;
	}
	return 0;
}

int sink_move(struct sink *sink, struct body_reader *body, uint64_t n, uint64_t *ret_moved,
	struct refusal *r)
{
	*ret_moved = 0;
	if (pipe_ready(sink) < 0)
		return refuse(r, 503, "no descriptor is left");
	if (gather(sink, body, n, ret_moved, r) < 0)
		return -1;
	if (*ret_moved == 0)
		return 0;
	/* A chunk is announced once all of its bytes are in the pipe. */
	if (piece_begin(sink, *ret_moved) < 0 ||
		splice_out(sink->pipe[0], sink->to, (size_t)*ret_moved) < 0 || piece_end(sink) < 0)
		return refuse(r, 502, "a connection ended in the middle of a body");
	return 0;
}
