#include "sandbox/egress/passage_run.h"

#include "sandbox/base/clock.h"
#include "sandbox/egress/name_server.h"
#include "sandbox/egress/passage_goal.h"
#include "sandbox/egress/passage_judge.h"
#include "sandbox/egress/passage_proxy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPEAK_MS    60000 /* for a client's first words */
#define READ_BYTES  (16 * 1024)
#define NAMES_BYTES 4096 /* a question; and of answers that nobody reads */
#define TURN_READS  16   /* before others have a turn */

/* ---- bytes from and to inside ---- */

/* Is there something to be read, and is it this connection's turn? */
static bool may_read(struct passage *c)
{
	if (!c->up.readable)
		return false;
	if (c->reads == 0) {
		passage_again(c);
		return false;
	}
	c->reads--;
	return true;
}

/* More of what the client says, into c->first. false: nothing now. */
static bool read_first(struct passage *c)
{
	char bytes[READ_BYTES];
	ssize_t n;

	if (!may_read(c))
		return false;
	n = recv(c->inside.fd, bytes, sizeof(bytes), 0);
	if (n > 0) {
		text_add(&c->first, bytes, (size_t)n);
		return !c->first.failed;
	}
	c->up.readable = n < 0 && errno == EINTR;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		passage_finish(c); /* before it said whom it wants */
	return false;
}

static void write_answer(struct passage *c)
{
	ssize_t n;

	while (c->answer.n > 0 && c->down.writable) {
		n = send(c->inside.fd, c->answer.s, c->answer.n, MSG_NOSIGNAL);
		if (n > 0) {
			text_cut(&c->answer, (size_t)n);
		} else if (errno == EAGAIN) {
			c->down.writable = false;
		} else if (errno != EINTR) {
			text_clear(&c->answer);
			passage_break(c, errno);
			return;
		}
	}
}

/* 0; -1: it has ended. */
static int write_outgoing(struct passage *c)
{
	while (c->outgoing.n > 0 && c->up.writable) {
		ssize_t n = send(c->outside.fd, c->outgoing.s, c->outgoing.n, MSG_NOSIGNAL);

		if (n > 0) {
			text_cut(&c->outgoing, (size_t)n);
			c->up.bytes += (uint64_t)n;
		} else if (errno == EAGAIN) {
			c->up.writable = false;
		} else if (errno != EINTR) {
			passage_break(c, errno);
			return -1;
		}
	}
	if (c->outgoing.n == 0 && c->speech != SPEECH_HTTP)
		text_release(&c->outgoing);
	return 0;
}

/* ---- one direction each ---- */

/* What is read goes through the gate, one piece at a time. */
static void run_gate(struct passage *c)
{
	char bytes[READ_BYTES];

	while (c->stage == PASSAGE_CARRIED) {
		ssize_t n;

		if (write_outgoing(c) < 0 || c->outgoing.n > 0 || c->up.ended || !may_read(c))
			break;
		n = recv(c->inside.fd, bytes, sizeof(bytes), 0);
		if (n > 0) {
			if (passage_judge_more(c, bytes, (size_t)n) < 0)
				return;
		} else if (n == 0) {
			c->up.ended = true;
		} else {
			c->up.readable = errno == EINTR;
			if (errno != EAGAIN && errno != EINTR)
				passage_break(c, errno);
		}
	}
	if (c->stage == PASSAGE_CARRIED && c->outgoing.n == 0 && c->up.ended && !c->up.shut) {
		c->up.shut = true;
		shutdown(c->outside.fd, SHUT_WR);
	}
}

static void run_carry(struct passage *c, struct carry *carry, int from, int to)
{
	int more = carry_run(carry, from, to, &c->gateway->wide_pipes);

	if (more < 0)
		passage_break(c, errno);
	else if (more > 0)
		passage_again(c);
}

/* A client that lets the server speak first has not been judged yet. */
static void run_up(struct passage *c)
{
	while (c->speech == SPEECH_UNKNOWN && c->stage == PASSAGE_CARRIED) {
		int judged = passage_judge(c);

		if (judged < 0 || (judged == 0 && !read_first(c)))
			return;
	}
	if (c->stage != PASSAGE_CARRIED)
		return;
	if (c->speech == SPEECH_HTTP) {
		run_gate(c);
		return;
	}
	if (write_outgoing(c) < 0 || c->outgoing.n > 0)
		return;
	run_carry(c, &c->up, c->inside.fd, c->outside.fd);
}

static void run_down(struct passage *c)
{
	write_answer(c);
	if (c->stage == PASSAGE_CARRIED && c->answer.n == 0)
		run_carry(c, &c->down, c->outside.fd, c->inside.fd);
}

static void run_carried(struct passage *c)
{
	run_up(c);
	if (c->stage == PASSAGE_CARRIED)
		run_down(c);
	if (c->stage != PASSAGE_CARRIED)
		return;
	if (c->down.shut && c->up.shut)
		passage_finish(c);
}

/* ---- stages ---- */

static void start_reaching(struct passage *c)
{
	if (passage_permit(c) == 0)
		passage_reach(c);
}

/* Questions over TCP have their length before them (RFC 1035, section 4.2.2). */
static int answer_questions(struct passage *c)
{
	while (c->first.n >= 2) {
		const uint8_t *bytes = (const uint8_t *)c->first.s;
		size_t n = (size_t)bytes[0] << 8 | bytes[1], length;
		uint8_t reply[2 + DNS_MESSAGE_BYTES];

		if (n > NAMES_BYTES || c->answer.n > NAMES_BYTES) {
			passage_hang_up(c);
			return -1;
		}
		if (c->first.n < 2 + n)
			break;
		length = name_server_reply(c->gateway, bytes + 2, n, reply + 2);
		reply[0] = (uint8_t)(length >> 8);
		reply[1] = (uint8_t)length;
		if (length > 0)
			text_add(&c->answer, (const char *)reply, 2 + length);
		text_cut(&c->first, 2 + n);
	}
	return 0;
}

static void run_asked(struct passage *c)
{
	while (c->stage == PASSAGE_ASKED) {
		int got = c->by_names ? answer_questions(c) : passage_proxy_read(c);

		if (got > 0)
			start_reaching(c);
		if (got != 0 || !read_first(c))
			break;
	}
	write_answer(c);
}

static void run_judged(struct passage *c)
{
	while (c->stage == PASSAGE_JUDGED) {
		int judged = passage_judge(c);

		if (judged > 0)
			passage_reach(c);
		if (judged != 0 || !read_first(c))
			return;
	}
}

static void run_dismissed(struct passage *c)
{
	char bytes[READ_BYTES];

	write_answer(c);
	if (c->stage != PASSAGE_DISMISSED || c->answer.n > 0)
		return;
	if (!c->down.shut)
		shutdown(c->inside.fd, SHUT_WR);
	c->down.shut = true;
	/* What is not read would reset the connection before the answer is. */
	while (c->stage == PASSAGE_DISMISSED && may_read(c)) {
		ssize_t n = recv(c->inside.fd, bytes, sizeof(bytes), 0);

		c->up.readable = n > 0 || (n < 0 && errno == EINTR);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			passage_finish(c);
	}
}

static void begin_proxied(struct passage *c)
{
	passage_proxy_answer(c);
	if (c->speech == SPEECH_HTTP && passage_judge_more(c, c->first.s, c->first.n) >= 0)
		text_release(&c->first);
}

void passage_run(struct passage *c)
{
	c->reads = TURN_READS;
	if (c->stage == PASSAGE_ASKED)
		run_asked(c);
	if (c->stage == PASSAGE_JUDGED)
		run_judged(c);
	if (c->stage == PASSAGE_CONNECTED && c->up.writable) {
		passage_reached(c);
		if (c->stage == PASSAGE_CARRIED && c->by_proxy)
			begin_proxied(c);
	}
	if (c->stage == PASSAGE_CARRIED)
		run_carried(c);
	if (c->stage == PASSAGE_DISMISSED)
		run_dismissed(c);
}

void passage_run_again(struct gateway *gateway)
{
	struct passage *c = gateway->again, *next;

	gateway->again = NULL;
	for (; c != NULL; c = next) {
		next = c->next_again;
		c->again = false;
		if (c->stage != PASSAGE_ENDED)
			passage_run(c);
	}
}

/* ---- events ---- */

#define READABLE (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)
#define WRITABLE (EPOLLOUT | EPOLLHUP | EPOLLERR)

static void on_inside(struct watcher *watcher, uint32_t events)
{
	struct passage *c = (struct passage *)((char *)watcher - offsetof(struct passage, inside));

	if (c->stage == PASSAGE_ENDED)
		return;
	c->up.readable |= (events & READABLE) != 0;
	c->down.writable |= (events & WRITABLE) != 0;
	passage_run(c);
}

static void on_outside(struct watcher *watcher, uint32_t events)
{
	struct passage *c = (struct passage *)((char *)watcher - offsetof(struct passage, outside));

	if (c->stage == PASSAGE_ENDED || c->outside.fd < 0)
		return;
	c->down.readable |= (events & READABLE) != 0;
	c->up.writable |= (events & WRITABLE) != 0;
	passage_run(c);
}

/* ---- the beginning ---- */

/* Whom it dialled: an address that a name was given, or another one. */
static bool dialled(struct passage *c)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);
	const char *name;

	if (getsockname(c->inside.fd, (struct sockaddr *)&own, &size) < 0 ||
		own.sin_family != AF_INET)
		return false;
	c->goal.port = ntohs(own.sin_port);
	name = name_table_find(&c->gateway->names, own.sin_addr);
	if (name != NULL)
		snprintf(c->goal.name, sizeof(c->goal.name), "%s", name);
	else
		c->goal.address = (struct address){ .family = AF_INET, .v4 = own.sin_addr };
	c->gate.dialled = &c->goal;
	return true;
}

static void begin(struct passage *c)
{
	c->deadline_ms = clock_now_ms() + SPEAK_MS;
	if (c->by_proxy || c->by_names) {
		c->stage = PASSAGE_ASKED;
		return;
	}
	c->stage = PASSAGE_JUDGED;
	if (!dialled(c)) {
		passage_hang_up(c);
		return;
	}
	if (passage_permit(c) == 0 && !passage_judge_first(c))
		passage_reach(c);
}

void passage_accept(struct listener *listener, int fd)
{
	struct gateway *g = listener->gateway;
	struct passage *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	*c = (struct passage){
		.gateway = g, .go_on = passage_run, .up = CARRY_NONE, .down = CARRY_NONE
	};
	c->gate.credentials = &g->credentials;
	c->inside = (struct watcher){ fd, on_inside };
	c->outside = (struct watcher){ -1, on_outside };
	c->by_proxy = listener->place == EGRESS_PROXY;
	c->by_names = listener->place == EGRESS_NAMES_TCP;
	c->next = g->passages;
	c->at = &g->passages;
	if (c->next != NULL)
		c->next->at = &c->next;
	g->passages = c;
	g->passages_n++;
	c->down.writable = true;
	passage_prepare_socket(fd);
	begin(c);
	if (c->stage != PASSAGE_ENDED && gateway_watch(g, &c->inside) < 0)
		passage_hang_up(c);
}

/* ---- time ---- */

static void is_late(struct passage *c)
{
	switch (c->stage) {
	case PASSAGE_CONNECTED:
		passage_next(c, ETIMEDOUT);
		break;
	case PASSAGE_RESOLVED:
		passage_refuse(c, 502, EGRESS_BROKEN, "its name was not resolved in time");
		break;
	case PASSAGE_ASKED:
	case PASSAGE_JUDGED:
		if (c->by_names)
			passage_hang_up(c);
		else
			passage_refuse(c, 0, EGRESS_REFUSED, "it did not say whom it wants");
		break;
	default:
		passage_hang_up(c);
		break;
	}
	if (c->stage != PASSAGE_ENDED)
		passage_run(c);
}

void passage_tick(struct gateway *gateway, uint64_t now_ms)
{
	for (struct passage *c = gateway->passages, *next; c != NULL; c = next) {
		next = c->next;
		if (c->deadline_ms <= now_ms)
			is_late(c);
	}
}
