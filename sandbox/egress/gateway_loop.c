#include "sandbox/egress/gateway_loop.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/egress/name_server.h"
#include "sandbox/egress/passage_run.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS_A_TURN 64
#define ACCEPT_A_TURN 64
#define TICK_MS       1000

/* ---- listeners ---- */

static void refuse_for_want_of_room(struct gateway *gateway, int fd)
{
	struct egress_record record = {
		.verdict = EGRESS_REFUSED,
		.protocol = "none",
		.reason = "too many connections at once",
	};

	close(fd);
	gateway_tell(gateway, &record);
}

/* A listener with nothing to take a connection with would be told of it again and again. */
static void rest(struct listener *listener, int errnum)
{
	struct epoll_event nothing = { .data.ptr = &listener->watcher };
	struct egress_record record = { .verdict = EGRESS_REFUSED, .protocol = "none" };

	snprintf(record.reason, sizeof(record.reason), "a connection cannot be taken: %s",
		strerror(errnum));
	listener->rests = epoll_ctl(listener->gateway->epoll_fd, EPOLL_CTL_MOD,
				  listener->watcher.fd, &nothing) == 0;
	gateway_tell(listener->gateway, &record);
}

static void wake_listeners(struct gateway *gateway)
{
	for (size_t i = 0; i < EGRESS_LISTENERS; i++) {
		struct listener *listener = &gateway->listeners[i];
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener->watcher };

		if (listener->rests)
			listener->rests = epoll_ctl(gateway->epoll_fd, EPOLL_CTL_MOD,
						  listener->watcher.fd, &event) < 0;
	}
}

static void accept_all(struct listener *listener)
{
	struct gateway *g = listener->gateway;

	for (unsigned i = 0; i < ACCEPT_A_TURN; i++) {
		int fd = accept4(listener->watcher.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED) {
			rest(listener, errno);
			return;
		}
		if (fd >= 0 && g->passages_n >= g->passages_max)
			refuse_for_want_of_room(g, fd);
		else if (fd >= 0)
			passage_accept(listener, fd);
	}
}

static void on_listener(struct watcher *watcher, uint32_t events)
{
	struct listener *listener = (struct listener *)watcher;

	(void)events;
	if (listener->place == EGRESS_NAMES_UDP)
		name_server_answer(listener);
	else
		accept_all(listener);
}

/* Level triggered: what one turn leaves, the next one takes. */
static int listen_at(struct gateway *gateway, size_t place, int fd)
{
	struct listener *listener = &gateway->listeners[place];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener->watcher };

	*listener = (struct listener){ { fd, on_listener }, gateway, place, false };
	return epoll_ctl(gateway->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* ---- the launcher ---- */

static void take_listeners(
	struct gateway *gateway, const struct egress_message *message, struct packet_fds *fds)
{
	for (size_t i = 0; i < PACKET_FDS; i++) {
		size_t place = message->place + i;

		if (fds->at[i] >= 0 && place < EGRESS_FIRST_PORT + gateway->ports_n)
			listen_at(gateway, place, own_fd_give(&fds->at[i]));
	}
}

/* Who sent it has checked it; that it only narrows is looked at once more. */
static int narrow(struct gateway *gateway, const char *rule, struct failure *f)
{
	struct net_rules one = { 0 };
	int result = 0;

	if (rule[0] == '\0') {
		gateway->wide = gateway->rules;
		gateway->rules = (struct net_rules){ 0 };
		return 0;
	}
	if (net_rules_add(&one, "narrower rules", rule, f) < 0)
		return -1;
	if (!net_rules_within(&one, &gateway->wide))
		result = fail(f, 0, "%.100s would widen the rules", rule);
	net_rules_release(&one);
	return result < 0 ? -1 : net_rules_add(&gateway->rules, "narrower rules", rule, f);
}

static void take_narrow(struct gateway *gateway, const struct egress_message *message)
{
	struct egress_message failed = { .type = EGRESS_FAILED };
	struct failure unsent;

	if (narrow(gateway, message->rule, &failed.failure) == 0)
		return;
	egress_message_send(gateway->control.fd, &failed, NULL, 0, &unsent);
	gateway->finished = true;
}

static void finish(struct gateway *gateway)
{
	struct egress_message message = { .type = EGRESS_FINISHED };
	struct failure unsent;

	for (size_t i = 0; i < EGRESS_LISTENERS; i++)
		own_fd_end(&gateway->listeners[i].watcher.fd);
	passage_end_all(gateway);
	message.lost = gateway->lost;
	egress_message_send(gateway->control.fd, &message, NULL, 0, &unsent);
	gateway->finished = true;
}

static void on_control(struct watcher *watcher, uint32_t events)
{
	struct gateway *g = (struct gateway *)((char *)watcher - offsetof(struct gateway, control));

	(void)events;
	while (!g->finished) {
		own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
		struct egress_message message;
		struct failure f = { 0 };
		int got = egress_message_receive(watcher->fd, &message, &fds, MSG_DONTWAIT, &f);

		if (got < 0 && f.errnum == EAGAIN)
			return;
		if (got <= 0)
			g->finished = true; /* nobody is there any more whom it could serve */
		else if (message.type == EGRESS_NARROW)
			take_narrow(g, &message);
		else if (message.type == EGRESS_LISTEN)
			take_listeners(g, &message, &fds);
		else if (message.type == EGRESS_FINISH)
			finish(g);
	}
}

/* ---- the loop ---- */

/* 0: somebody could go on at once. */
static int wait_ms(const struct gateway *gateway, uint64_t tick_at)
{
	uint64_t now = clock_now_ms();

	return gateway->again != NULL || now >= tick_at ? 0 : (int)(tick_at - now);
}

void gateway_loop(struct gateway *gateway)
{
	struct epoll_event events[EVENTS_A_TURN];
	uint64_t tick_at = clock_now_ms() + TICK_MS;

	gateway->control.happened = on_control;
	if (gateway_watch(gateway, &gateway->control) < 0)
		return;
	while (!gateway->finished) {
		int n = epoll_wait(
			gateway->epoll_fd, events, EVENTS_A_TURN, wait_ms(gateway, tick_at));
		uint64_t now;

		for (int i = 0; i < n && !gateway->finished; i++) {
			struct watcher *watcher = events[i].data.ptr;

			watcher->happened(watcher, events[i].events);
		}
		passage_run_again(gateway);
		passage_sweep(gateway);
		now = clock_now_ms();
		if (now < tick_at)
			continue;
		tick_at = now + TICK_MS;
		wake_listeners(gateway);
		resolver_tick(&gateway->resolver);
		passage_tick(gateway, now);
		passage_sweep(gateway);
	}
}
