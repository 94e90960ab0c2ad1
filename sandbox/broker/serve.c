/* The life of a broker that is confined, moved by the launcher's messages (control.h).
 *
 *   begin          the engine is asked who it is, READY tells it; nobody is served yet
 *   SERVE          listener and journal come, the builder's connections are accepted. Once
 *   SURVEY, DROP, PRUNE
 *                  of those who keep house, any number; their broker gets no SERVE
 *   CLEANUP        the last one: leave_all(), object_cleanup(), CLEANED
 *   end of file    the launcher is gone: the loop stops where it is, and what is left is found
 *                  by its journal later
 *   FAILED         is said of whatever went wrong, a message that was not due included; the last
 *
 * Three kinds of fibers: one obeys, one accepts, and each connection has its own
 * (connection.c). While the first one cleans up the others may still run, so leave_all() has an
 * order:
 *   closing        nobody begins anything any more
 *   listener       no connection comes after those that are broken next
 *   clients        each is broken, which ends its fiber at the next wait ...
 *   making         ... but for what the engine is making, whose id has to be known first
 *   builds         are cancelled by their connections' end; the engine undoes them a little later
 * and only then is looked at what there is to remove. */
#include "sandbox/broker/serve.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/broker/connection.h"
#include "sandbox/broker/exchange.h"
#include "sandbox/broker/object_cleanup.h"
#include "sandbox/broker/survey.h"
#include "sandbox/broker/tunnel.h"

#include <string.h>
#include <sys/socket.h>

#define LEAVE_MS  5000  /* for exchanges to end once their connections are broken */
#define MAKE_MS   15000 /* besides, for the engine to say what it has made */
#define CROWD_MS  2000  /* for a place among BROKER_CLIENTS */
#define SETTLE_MS 300   /* for the engine to undo the builds that were cancelled */

#define TOO_MANY                                                                                   \
	"so many connections are open that there is no place for one more: close those that are "  \
	"not used"

struct service {
	struct broker *b;
	const char *note;
};

static void tell_failure(struct broker *b, const struct failure *f)
{
	struct control control = { .type = CONTROL_FAILED, .failure = *f };

	broker_tell(b, &control);
}

/* ---- the builder's connections ---- */

/* --docker raw: bytes as they are. */
static void raw_serve(void *data)
{
	struct connection_start *start = data;
	struct broker *b = start->broker;
	struct stream *client = start->client, engine;
	struct refusal unsaid;

	free(start);
	if (upstream_connect(&b->upstream, &engine, NULL, &unsaid) == 0) {
		tunnel_run(client, &engine);
		stream_close(&engine);
	}
	connection_leave(b, client);
}

static void client_arrive(struct broker *b, int arrived)
{
	own_fd int fd = arrived;
	struct connection_start *start = calloc(1, sizeof(*start));
	struct stream *client = calloc(1, sizeof(*client));
	struct failure f;

	b->counters->connections++;
	if (start == NULL || client == NULL ||
		stream_open(client, &b->loop, own_fd_give(&fd), &f) < 0) {
		free(start);
		free(client);
		b->counters->connections_refused++;
		return;
	}
	client->counter = &b->counters->from_builder_bytes;
	*start = (struct connection_start){ b, client };
	b->clients[b->clients_n++] = client;
	if (fiber_start(&b->loop, b->policy.level == DOCKER_RAW ? raw_serve : connection_serve,
		    start) < 0) {
		free(start);
		b->counters->connections_refused++;
		connection_leave(b, client);
	}
}

/* There is no place, and none has become free: it is told so, whatever it asks. */
static void client_turn_away(struct broker *b, int arrived)
{
	static const char json[] = "{\"message\":\"cofferdam: " TOO_MANY "\"}\n";
	own_fd int fd = arrived;
	struct refusal r;
	char answer[512];
	int n = snprintf(answer, sizeof(answer),
		"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
		"Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
		sizeof(json) - 1, json);

	refuse(&r, 503, TOO_MANY);
	exchange_note_refusal(b, "?", "", NULL, &r);
	b->counters->connections++;
	b->counters->connections_refused++;
	send(fd, answer, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT); /* or it has left already */
}

/* Whoever finds no place waits in the backlog for a moment: a crowd passes. */
static bool has_room(struct broker *b)
{
	struct wait room = { &b->room, WAIT_POKE };
	uint64_t until = clock_now_ms() + CROWD_MS;

	while (b->clients_n == BROKER_CLIENTS && !b->closing && clock_now_ms() < until)
		fiber_wait(&b->loop, &room, 1, until);
	return b->clients_n < BROKER_CLIENTS;
}

static void accept_main(void *data)
{
	struct broker *b = data;
	struct wait arrival = { &b->listener, WAIT_IN }, room = { &b->room, WAIT_POKE };
	bool is_full = false;

	while (!b->closing) {
		int fd = accept4(b->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0 && (b->clients_n < BROKER_CLIENTS || (!is_full && has_room(b)))) {
			is_full = false;
			client_arrive(b, fd);
		} else if (fd >= 0) {
			is_full = true;
			client_turn_away(b, fd);
		} else if (errno == EAGAIN) {
			b->listener.in = false;
			fiber_wait(&b->loop, &arrival, 1, LOOP_FOREVER);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			/* No descriptor is left: one comes back when a client leaves. */
			fiber_wait(&b->loop, &room, 1, clock_now_ms() + 1000);
		}
	}
}

/* ---- the launcher's messages ---- */

static int start_serving(
	struct broker *b, const struct control *message, struct packet_fds *fds, struct failure *f)
{
	if (b->listener.fd >= 0 || fds->at[0] < 0)
		return fail(f, 0, "SERVE was not due, or came without its listener");
	b->own.journal_fd = own_fd_give(&fds->at[1]);
	b->policy.limits = message->limits;
	if (ownership_begin(&b->own, f) < 0 ||
		endpoint_open(&b->loop, &b->listener, own_fd_give(&fds->at[0]), f) < 0)
		return -1;
	return fiber_start(&b->loop, accept_main, b) < 0 ? fail(f, ENOMEM, "start to accept") : 0;
}

/* Nobody is served any more: what the engine does for a connection that ends it stops. */
static void leave_all(struct broker *b)
{
	uint64_t until = clock_now_ms() + LEAVE_MS;
	struct wait room = { &b->room, WAIT_POKE };
	bool built = b->builds > 0;

	b->closing = true;
	if (b->listener.fd >= 0)
		shutdown(b->listener.fd, SHUT_RDWR);
	for (size_t i = 0; i < b->clients_n; i++)
		stream_break(b->clients[i]);
	while (b->clients_n > 0) {
		uint64_t end = until + (ownership_is_making(&b->own) ? MAKE_MS : 0);

		if (clock_now_ms() >= end)
			break;
		fiber_wait(&b->loop, &room, 1, end);
	}
	if (built)
		fiber_wait(&b->loop, &room, 1, clock_now_ms() + SETTLE_MS);
}

static int cleanup_now(struct broker *b, struct packet_fds *fds, struct failure *f)
{
	struct control message = { .type = CONTROL_CLEANED };
	struct refusal r = { 0 };
	int left;

	leave_all(b);
	if (fds->at[0] >= 0) { /* of a run whose own broker is gone */
		b->own.journal_fd = own_fd_give(&fds->at[0]);
		if (ownership_recall(&b->own, b->own.journal_fd, f) < 0)
			return -1;
	}
	left = object_cleanup(b, &r);
	if (left < 0)
		return fail(f, 0, "%s", r.reason);
	message.count = (uint32_t)left;
	broker_tell(b, &message);
	return 0;
}

/* ---- those who keep house ---- */

static int survey_now(struct broker *b, struct packet_fds *fds, struct failure *f)
{
	struct control message = { .type = CONTROL_SURVEYED };
	struct refusal r = { 0 };

	if (fds->at[0] < 0)
		return fail(f, 0, "SURVEY came without its file");
	if (survey_write(b, fds->at[0], &r) < 0)
		return fail(f, 0, "%s", r.reason);
	broker_tell(b, &message);
	return 0;
}

static int drop_now(struct broker *b, const struct control *order, struct failure *f)
{
	struct control message = { .type = CONTROL_GONE, .kind = OBJECT_TAG };
	struct refusal r = { 0 };
	char run[33], image[128];
	int result;

	if (sscanf(order->object.note, "%32[0-9a-f] %127s", run, image) != 2)
		return fail(f, 0, "DROP of an unknown form");
	snprintf(message.object.id, sizeof(message.object.id), "%s", order->object.id);
	result = survey_drop(b, order->object.id, image, run, &r);
	if (result < 0)
		return fail(f, 0, "%s", r.reason);
	if (result > 0) {
		message.type = CONTROL_LEFT;
		snprintf(message.object.note, sizeof(message.object.note), "%.150s", r.reason);
	}
	broker_tell(b, &message);
	return 0;
}

static int prune_now(struct broker *b, const struct control *order, struct failure *f)
{
	struct control message = { .type = CONTROL_PRUNED };
	struct refusal r = { 0 };

	if (survey_prune(b, order->prune.bytes, order->prune.seconds, &message.prune.bytes, &r) < 0)
		return fail(f, 0, "%s", r.reason);
	broker_tell(b, &message);
	return 0;
}

static int obey(struct broker *b, bool *ret_done, struct failure *f)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	struct control message;
	int result = -1,
	    got = packet_receive(b->control.fd, &message, sizeof(message), &fds, MSG_DONTWAIT, f);

	*ret_done = true;
	if (got == 0)
		return 0; /* the launcher is gone, and so are we */
	if (got < 0) {
		*ret_done = false;
		if (f->errnum != EAGAIN)
			return -1;
		b->control.in = false;
		return 0;
	}
	control_sanitize(&message);
	if (message.type == CONTROL_SERVE) {
		*ret_done = false;
		result = start_serving(b, &message, &fds, f);
	} else if (message.type == CONTROL_CLEANUP) {
		result = cleanup_now(b, &fds, f);
	} else if (message.type == CONTROL_SURVEY || message.type == CONTROL_DROP ||
		   message.type == CONTROL_PRUNE) {
		*ret_done = false;
		result = message.type == CONTROL_SURVEY ? survey_now(b, &fds, f)
			 : message.type == CONTROL_DROP ? drop_now(b, &message, f)
							: prune_now(b, &message, f);
	} else {
		fail(f, 0, "message %u was not due", message.type);
	}
	return result;
}

static int begin(struct broker *b, const char *note, struct failure *f)
{
	struct control message = { .type = CONTROL_READY };

	if (upstream_examine(&b->upstream, f) < 0)
		return -1;
	buildkit_decide(&b->buildkit, &b->policy, b->upstream.podman, b->upstream.minor);
	message.count = b->buildkit.offered;
	snprintf(message.note, sizeof(message.note), "%s %s, API 1.%u; %s",
		b->upstream.podman ? "Podman" : "Docker Engine", b->upstream.version,
		b->upstream.minor, note);
	broker_tell(b, &message);
	return 0;
}

static void control_main(void *data)
{
	struct service *s = data;
	struct broker *b = s->b;
	struct wait message = { &b->control, WAIT_IN };
	struct failure f = { 0 };
	bool done = false;
	int result = begin(b, s->note, &f);

	while (result == 0 && !done) {
		fiber_wait(&b->loop, &message, 1, LOOP_FOREVER);
		result = obey(b, &done, &f);
	}
	if (result < 0) {
		fail_step(&f, "broker");
		tell_failure(b, &f);
	}
	loop_stop(&b->loop);
}

int serve(struct broker *b, const char *note)
{
	struct service service = { b, note };
	struct failure f = { 0 };

	/* Not non-blocking: our messages may wait, the launcher's are asked for without. */
	if (fiber_start(&b->loop, control_main, &service) < 0) {
		fail(&f, ENOMEM, "start");
		tell_failure(b, &f);
		return 1;
	}
	loop_run(&b->loop);
	return 0;
}
