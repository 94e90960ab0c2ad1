/* sandbox/broker/connection.c: one connection beside others. */
#include "sandbox/broker/connection.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define REQUESTS 20

struct other {
	struct broker *broker;
	unsigned turns; /* for as long as the client is there */
};

static void takes_turns(void *data)
{
	struct other *other = data;

	while (other->broker->clients_n > 0) {
		other->turns++;
		fiber_yield(&other->broker->loop);
	}
}

/* The client's end of a connection on which it has said all that it wants to say. */
static int ask(struct broker *b, const char *words)
{
	struct connection_start *start = malloc(sizeof(*start));
	struct stream *client = malloc(sizeof(*client));
	int pair[2];
	struct failure f;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(send(pair[1], words, strlen(words), 0), strlen(words));
	assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
	assert_int_equal(stream_open(client, &b->loop, pair[0], &f), 0);
	b->clients[b->clients_n++] = client;
	*start = (struct connection_start){ b, client };
	assert_int_equal(fiber_start(&b->loop, connection_serve, start), 0);
	return pair[1];
}

/* What needs no engine is answered at once: a client that has much of it would be served alone. */
static void a_client_that_never_keeps_us_waiting_is_not_alone(void **state)
{
	static struct broker b; /* large */
	struct counters *counters = calloc(1, sizeof(*counters));
	struct other other = { .broker = &b };
	own_text struct text words = { 0 };
	struct failure f;
	char answers[64 * 1024];
	own_fd int fd = -1;

	(void)state;
	b = (struct broker){ .counters = counters, .control.fd = -1, .room.fd = -1 };
	assert_non_null(counters);
	assert_int_equal(loop_init(&b.loop, &f), 0);
	for (unsigned i = 0; i < REQUESTS; i++)
		text_word(&words, "GET /swarm HTTP/1.1\r\nHost: d\r\n\r\n");
	fd = ask(&b, words.s);
	assert_int_equal(fiber_start(&b.loop, takes_turns, &other), 0);
	loop_run(&b.loop);
	assert_true(recv(fd, answers, sizeof(answers), 0) > 0);
	assert_int_equal(counters->messages_lost, REQUESTS); /* a refusal each */
	assert_true(other.turns >= REQUESTS);
	own_fd_end(&b.loop.epoll_fd);
	free(b.loop.home);
	free(counters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_that_never_keeps_us_waiting_is_not_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
