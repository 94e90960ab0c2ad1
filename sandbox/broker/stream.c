#include "sandbox/broker/stream.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/http.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#define MOVES_A_TURN 16    /* before the others have one */
#define LINGER_MS    10000 /* for the second half of a tunnel */

int stream_open(struct stream *s, struct loop *loop, int fd, struct failure *f)
{
	*s = (struct stream){ .loop = loop, .idle_ms = LOOP_FOREVER };
	return endpoint_open(loop, &s->end, fd, f);
}

void stream_close(struct stream *s)
{
	endpoint_close(&s->end);
	text_release(&s->have);
}

const char *stream_bytes(const struct stream *s, size_t *ret_n)
{
	*ret_n = s->have.n - s->at;
	return s->have.s != NULL ? s->have.s + s->at : "";
}

void stream_consume(struct stream *s, size_t n)
{
	s->at += n;
	if (s->at == s->have.n) {
		text_release(&s->have); /* an idle connection holds no memory */
		s->at = 0;
	}
}

/* Until the endpoint is ready; false when patience ends. */
static bool stream_wait(struct stream *s, unsigned what)
{
	struct wait waits[2] = { { &s->end, what }, { s->cancel_on, s->cancel_when } };
	size_t n = s->cancel_on == NULL || (s->writes_on && what == WAIT_OUT) ? 1 : 2;
	uint64_t deadline = s->idle_ms == LOOP_FOREVER ? LOOP_FOREVER : clock_now_ms() + s->idle_ms;

	if (what == WAIT_IN)
		s->end.in = false;
	else
		s->end.out = false;
	if (s->hurried) {
		s->held = true;
		return false;
	}
	if (!fiber_wait(s->loop, waits, n, deadline))
		return false;
	return what == WAIT_IN ? s->end.in : s->end.out;
}

static ssize_t stream_receive(struct stream *s, char *ret, size_t n)
{
	for (;;) {
		ssize_t got = recv(s->end.fd, ret, n, 0);

		if (got >= 0) {
			if (s->counter != NULL)
				*s->counter += (uint64_t)got;
			return got;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || !stream_wait(s, WAIT_IN))
			return -1;
	}
}

int stream_fill(struct stream *s, size_t most)
{
	char piece[8192];
	ssize_t got = stream_receive(s, piece, most < sizeof(piece) ? most : sizeof(piece));

	if (got <= 0)
		return (int)got;
	if (s->at > 0) {
		text_cut(&s->have, s->at);
		s->at = 0;
	}
	text_add(&s->have, piece, (size_t)got);
	return s->have.failed ? -1 : 1;
}

int stream_write(struct stream *s, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(s->end.fd, bytes, n, MSG_NOSIGNAL);

		if (sent >= 0) {
			bytes += sent;
			n -= (size_t)sent;
		} else if (errno != EINTR && (errno != EAGAIN || !stream_wait(s, WAIT_OUT))) {
			return -1;
		}
	}
	return 0;
}

void stream_break(struct stream *s)
{
	if (s->end.fd >= 0)
		shutdown(s->end.fd, SHUT_RDWR);
}

/* ---- a body on its way in ---- */

static int cut_short(struct refusal *r)
{
	return refuse(r, 400, "the connection ended before the body did");
}

/* What is read past a chunk's line has to be copied, so no more is read than the line may
 * have; the next one mostly is as long as the last. */
#define CHUNK_READ 32
#define SMALL_READ 4096

static int chunk_line(struct body *body, struct refusal *r)
{
	struct stream *s = body->from;

	for (;;) {
		size_t n, used;
		const char *bytes = stream_bytes(s, &n);
		int got = http_chunk_read(bytes, n, &body->left, &used, r);

		if (got < 0)
			return -1;
		if (got > 0) {
			stream_consume(s, used);
			body->in_chunk = body->left > 0;
			body->at_trailers = body->left == 0;
			body->line_bytes = used;
			return 0;
		}
		if (stream_fill(s, CHUNK_READ) <= 0)
			return cut_short(r);
	}
}

static int chunk_end(struct body *body, struct refusal *r)
{
	struct stream *s = body->from;
	const char *bytes;
	size_t n;

	while (bytes = stream_bytes(s, &n), n < 2)
		if (stream_fill(s, 2 - n + body->line_bytes) <= 0)
			return cut_short(r);
	if (bytes[0] != '\r' || bytes[1] != '\n')
		return refuse(r, 400, "a chunk is longer than it said");
	stream_consume(s, 2);
	body->in_chunk = false;
	return 0;
}

static int trailers(struct body *body, struct refusal *r)
{
	struct stream *s = body->from;

	for (;;) {
		size_t n, used;
		const char *bytes = stream_bytes(s, &n);
		int got = http_trailer_read(bytes, n, &used, r);

		if (got < 0)
			return -1;
		if (got > 0) {
			stream_consume(s, used);
			body->ended = true;
			return 0;
		}
		if (stream_fill(s, CHUNK_READ) <= 0)
			return cut_short(r);
	}
}

/* 1 with body->left set, 0 at the end. */
static int next_chunk(struct body *body, struct refusal *r)
{
	if (body->in_chunk && body->left > 0)
		return 1;
	if (body->in_chunk && chunk_end(body, r) < 0)
		return -1;
	/* Between the last chunk and the trailers there may have been a pause. */
	if (!body->at_trailers && chunk_line(body, r) < 0)
		return -1;
	if (body->left > 0)
		return 1;
	return trailers(body, r) < 0 ? -1 : 0;
}

int body_next(struct body *body, uint64_t *ret_n, struct refusal *r)
{
	int got = 1;

	if (body->ended)
		return 0;
	switch (body->framing) {
	case FRAMING_NONE:
		got = 0;
		break;
	case FRAMING_LENGTH:
		got = body->left > 0;
		break;
	case FRAMING_CHUNKED:
		got = next_chunk(body, r);
		break;
	case FRAMING_CLOSE:
		body->left = UINT64_MAX;
		break;
	}
	if (got == 0)
		body->ended = true;
	if (got <= 0)
		return got;
	if (body->left != UINT64_MAX && body->left > body->most - body->taken)
		return refuse(r, 413, "the body is larger than %llu bytes",
			(unsigned long long)body->most);
	*ret_n = body->left;
	return 1;
}

static int count(struct body *body, size_t n, struct refusal *r)
{
	if (body->left != UINT64_MAX)
		body->left -= n;
	body->taken += n;
	return body->taken <= body->most ? 0
					 : refuse(r, 413, "the body is larger than %llu bytes",
						   (unsigned long long)body->most);
}

ssize_t body_read(struct body *body, char *ret, size_t n, struct refusal *r)
{
	const char *bytes;
	uint64_t next;
	ssize_t got;
	size_t have;
	int more = body_next(body, &next, r);

	if (more <= 0)
		return more;
	if (n > next)
		n = (size_t)next;
	bytes = stream_bytes(body->from, &have);
	if (have == 0 && n < SMALL_READ) { /* many small ones are asked for: read ahead */
		got = stream_fill(body->from, STREAM_PIECE);
		if (got < 0)
			return cut_short(r);
		bytes = stream_bytes(body->from, &have);
	}
	if (have > 0) {
		n = n < have ? n : have;
		memcpy(ret, bytes, n);
		stream_consume(body->from, n);
		got = (ssize_t)n;
	} else {
		got = stream_receive(body->from, ret, n);
	}
	if (got == 0 && body->framing == FRAMING_CLOSE) {
		body->ended = true;
		return 0;
	}
	if (got <= 0)
		return cut_short(r);
	return count(body, (size_t)got, r) < 0 ? -1 : got;
}

int body_collect(struct body *body, struct text *ret, struct refusal *r)
{
	char piece[8192];
	ssize_t n;

	while ((n = body_read(body, piece, sizeof(piece), r)) > 0) {
		text_add(ret, piece, (size_t)n);
		if (ret->failed)
			return refuse(r, 413, "the body does not fit into memory");
	}
	return n < 0 ? -1 : 0;
}

/* ---- and on its way out ---- */

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

static int pipe_ready(struct sink *sink)
{
	if (sink->pipe[0] >= 0)
		return 0;
	if (pipe2(sink->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		sink->pipe[0] = sink->pipe[1] = -1;
		return -1;
	}
	fcntl(sink->pipe[1], F_SETPIPE_SZ,
		STREAM_PIPE); /* a smaller one is slower, no less right */
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
static ssize_t pipe_read_ahead(struct sink *sink, struct body *body, size_t n)
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
	struct sink *sink, struct body *body, uint64_t n, uint64_t *piped, struct refusal *r)
{
	struct stream *from = body->from;
	uint64_t next;
	size_t have;

	while (*piped < n && *piped < STREAM_PIPE) {
		bool full = false;
		ssize_t got;
		int more;

		from->hurried = *piped > 0;
		from->held = false;
		more = body_next(body, &next, r);
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
					 next < STREAM_PIPE ? (size_t)next : STREAM_PIPE,
					 *piped > 0, &full);
		if (got < 0)
			return refuse(r, 502, "a connection ended in the middle of a body");
		if (got == 0 && (full || have > 0))
			return 0;
		if (got == 0 && body->framing != FRAMING_CLOSE)
			return cut_short(r);
		if (got == 0) {
			body->ended = true;
			return 0;
		}
		*piped += (uint64_t)got;
		if (count(body, (size_t)got, r) < 0)
			return -1;
	}
	return 0;
}

int sink_move(
	struct sink *sink, struct body *body, uint64_t n, uint64_t *ret_moved, struct refusal *r)
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

/* ---- a tunnel ---- */

struct half {
	struct stream *from, *to;
	struct endpoint ended;
};

static void half_pump(struct half *half)
{
	struct body body = { .from = half->from, .framing = FRAMING_CLOSE, .most = UINT64_MAX };
	struct sink sink = { .to = half->to, .pipe = { -1, -1 } };
	struct refusal unsaid;
	uint64_t moved;

	for (unsigned turn = 1;
		sink_move(&sink, &body, UINT64_MAX, &moved, &unsaid) == 0 && moved > 0; turn++)
		if (turn % MOVES_A_TURN == 0)
			fiber_yield(half->from->loop);
	sink_release(&sink);
	/* The other side may still answer: it is told that this one has said all. */
	shutdown(half->to->end.fd, SHUT_WR);
	endpoint_poke(&half->ended);
}

static void half_main(void *data)
{
	half_pump(data);
}

void stream_tunnel(struct stream *a, struct stream *b)
{
	struct half there = { a, b, { .fd = -1 } }, back = { b, a, { .fd = -1 } };
	struct wait both[] = { { &there.ended, WAIT_IN }, { &back.ended, WAIT_IN } };

	/* Each side is waited for only as long as the other still listens. */
	a->cancel_on = &b->end;
	b->cancel_on = &a->end;
	a->cancel_when = b->cancel_when = WAIT_GONE;
	a->writes_on = true; /* a slow builder still gets what an engine said that has gone */
	a->idle_ms = b->idle_ms = LOOP_FOREVER;
	if (fiber_start(a->loop, half_main, &there) < 0)
		return;
	if (fiber_start(a->loop, half_main, &back) < 0) {
		stream_break(a);
		fiber_wait(a->loop, both, 1, LOOP_FOREVER);
		return;
	}
	/* The builder's side may close its half and read on for as long as the engine speaks;
	 * once the engine has said all, nobody reads what the builder might still say. */
	fiber_wait(a->loop, &both[1], 1, LOOP_FOREVER);
	if (!fiber_wait(a->loop, &both[0], 1, clock_now_ms() + LINGER_MS)) {
		stream_break(a);
		fiber_wait(a->loop, &both[0], 1, LOOP_FOREVER);
	}
}
