/* What is known of a connection, and what ends a wait for it.
 *
 * Four marks stand on its endpoint (loop.h). The loop sets them by what epoll(7) says, which is
 * only told when it changes; a stream takes back the first two:
 *
 * - in     bytes may be there: until recv(2) or splice(2) says EAGAIN
 * - out    room may be there: until send(2) or splice(2) says EAGAIN
 * - hup    the peer has said all (EPOLLRDHUP), and may still listen; for good
 * - gone   it does not listen either (EPOLLHUP, EPOLLERR); for good
 *
 * Every operation is tried first. On EAGAIN the fiber waits, until one of these:
 *
 * - EPOLLIN, EPOLLOUT    the operation is tried again
 * - hup, gone            the same: what still lies there is read, and then there is an end
 * - cancel_when          of cancel_on, the connection on whose behalf this one is used: -1.
 *                        Writing goes on nevertheless where writes_on is set
 * - idle_ms              have passed without a byte: -1
 * - stream_break()       of another fiber: shutdown(2), by which the kernel makes the
 *                        connection gone. Nobody closes a descriptor that a fiber waits for
 *
 * With `hurried` nobody waits: the operation fails, and `held` tells this from the end. */
#include "sandbox/broker/stream.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"

#include <sys/socket.h>

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

bool stream_wait(struct stream *s, unsigned what)
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

ssize_t stream_receive(struct stream *s, char *ret, size_t n)
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
