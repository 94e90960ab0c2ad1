/* sandbox/egress/gateway_loop.c: whole connections through the gateway's proxy, to servers of the
 * test's own on the loopback; ends, resets, and what happens when there is no more room. */
#include "sandbox/base/own.h"
#include "sandbox/egress/gateway_loop.h"
#include "sandbox/egress/passage.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#define ROOM   3
#define WAIT_S 20 /* nothing of it is waited for where all is well */

static struct gateway gateway;
static struct net_rule rule; /* the server: no rule that can be written permits the loopback */
static pthread_t thread;
static int launcher = -1, server = -1;
static struct sockaddr_in proxy_at;

static int listen_on_loopback(struct sockaddr_in *ret, int flags)
{
	const struct timeval patience = { .tv_sec = WAIT_S };
	socklen_t size = sizeof(*ret);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)ret, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)ret, &size), 0);
	assert_int_equal(listen(fd, 64), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void *run(void *data)
{
	gateway_loop(data);
	return NULL;
}

static int begin(void **state)
{
	struct packet_fds fds = PACKET_FDS_NONE;
	struct egress_message message = { .type = EGRESS_LISTEN, .place = EGRESS_PROXY };
	const struct timeval patience = { .tv_sec = WAIT_S };
	struct sockaddr_in server_at;
	struct failure f;
	int pair[2];

	(void)state;
	memset(&gateway, 0, sizeof(gateway));
	for (size_t i = 0; i < EGRESS_LISTENERS; i++)
		gateway.listeners[i].watcher.fd = -1;
	server = listen_on_loopback(&server_at, 0);
	rule = (struct net_rule){ .literal = { .family = AF_INET, .v4 = server_at.sin_addr },
		.first_port = ntohs(server_at.sin_port),
		.last_port = ntohs(server_at.sin_port) };
	gateway.rules = (struct net_rules){ &rule, 1 };
	gateway.passages_max = ROOM;
	gateway.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(resolver_open(&gateway.resolver, gateway.epoll_fd, &f), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	gateway.control.fd = pair[0];
	launcher = pair[1];
	setsockopt(launcher, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	fds.at[0] = listen_on_loopback(&proxy_at, SOCK_NONBLOCK);
	fds.n = 1;
	assert_int_equal(egress_message_send(launcher, &message, &fds, 0, &f), 0);
	close(fds.at[0]);
	return pthread_create(&thread, NULL, run, &gateway);
}

static int end(void **state)
{
	(void)state;
	own_fd_end(&launcher); /* which ends it */
	assert_int_equal(pthread_join(thread, NULL), 0);
	passage_end_all(&gateway);
	passage_sweep(&gateway);
	resolver_close(&gateway.resolver);
	own_fd_end(&gateway.listeners[EGRESS_PROXY].watcher.fd);
	own_fd_end(&gateway.control.fd);
	own_fd_end(&gateway.epoll_fd);
	own_fd_end(&server);
	return 0;
}

/* ---- both ends ---- */

static int dial(void)
{
	const struct timeval patience = { .tv_sec = WAIT_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&proxy_at, sizeof(proxy_at)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void hear(int fd, const char *text)
{
	char bytes[512] = "";
	size_t n = 0;

	while (n < strlen(text)) {
		ssize_t got = recv(fd, bytes + n, strlen(text) - n, 0);

		if (got <= 0)
			fail_msg("'%s', then %s", bytes, got == 0 ? "its end" : strerror(errno));
		n += (size_t)got;
	}
	assert_string_equal(bytes, text);
}

static void hear_end(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

static void hear_reset(int fd)
{
	char bytes[4096];
	ssize_t n;

	do
		n = recv(fd, bytes, sizeof(bytes), 0);
	while (n > 0);
	if (n == 0)
		fail_msg("a broken connection looks like one that has ended");
	assert_int_equal(errno, ECONNRESET);
}

static void reset(int *fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	own_fd_end(fd);
}

static void connect_through(int *ret_client, int *ret_peer)
{
	const struct timeval patience = { .tv_sec = WAIT_S };
	char request[120];

	*ret_client = dial();
	snprintf(request, sizeof(request),
		"CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", rule.first_port,
		rule.first_port);
	say(*ret_client, request);
	hear(*ret_client, "HTTP/1.1 200 Connection established\r\n\r\n");
	*ret_peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	assert_true(*ret_peer >= 0);
	setsockopt(*ret_peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	say(*ret_client, "up");
	hear(*ret_peer, "up");
	say(*ret_peer, "down");
	hear(*ret_client, "down");
}

static struct egress_record record(void)
{
	struct egress_message message;
	struct failure f;

	if (egress_message_receive(launcher, &message, NULL, 0, &f) != 1)
		fail_msg("no record: %s", f.what);
	assert_int_equal(message.type, EGRESS_RECORD);
	return message.record;
}

/* ---- ends ---- */

static void who_has_said_his_last_still_hears(void **state)
{
	own_fd int client = -1, peer = -1;
	struct egress_record r;

	(void)state;
	connect_through(&client, &peer);
	shutdown(client, SHUT_WR);
	hear_end(peer);
	say(peer, " later");
	hear(client, " later");
	own_fd_end(&peer);
	hear_end(client);
	r = record();
	assert_int_equal(r.verdict, EGRESS_CARRIED);
	assert_int_equal(r.up_bytes, strlen("up"));
	assert_int_equal(r.down_bytes, strlen("down later"));
	assert_string_equal(r.reason, "");
}

static void a_server_that_has_said_its_last_still_hears(void **state)
{
	own_fd int client = -1, peer = -1;

	(void)state;
	connect_through(&client, &peer);
	shutdown(peer, SHUT_WR);
	hear_end(client);
	say(client, " later");
	hear(peer, " later");
	own_fd_end(&client);
	hear_end(peer);
	assert_int_equal(record().up_bytes, strlen("up later"));
}

/* Half a file that ends as if it were whole would be taken for the file. */
static void a_reset_is_no_end(void **state)
{
	own_fd int client = -1, peer = -1;
	struct egress_record r;

	(void)state;
	connect_through(&client, &peer);
	reset(&peer);
	hear_reset(client);
	r = record();
	assert_string_equal(r.reason, strerror(ECONNRESET));
	own_fd_end(&client);
	connect_through(&client, &peer);
	reset(&client);
	hear_reset(peer);
	assert_string_equal(record().reason, strerror(ECONNRESET));
}

static void a_peer_that_is_gone_without_a_word_is_noticed(void **state)
{
	own_fd int client = -1, peer = -1;

	(void)state;
	connect_through(&client, &peer);
	/* it waits in epoll(7): both of its ends have answered */
	const int fds[] = { gateway.passages->inside.fd, gateway.passages->outside.fd };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		socklen_t size = sizeof(int);
		int on = 0, idle = 0, between = 0, count = 0;

		assert_int_equal(getsockopt(fds[i], SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
		assert_int_equal(getsockopt(fds[i], IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size), 0);
		assert_int_equal(
			getsockopt(fds[i], IPPROTO_TCP, TCP_KEEPINTVL, &between, &size), 0);
		assert_int_equal(getsockopt(fds[i], IPPROTO_TCP, TCP_KEEPCNT, &count, &size), 0);
		assert_int_equal(on, 1);
		assert_true(idle + between * count <= 120);
	}
}

/* ---- no more room ---- */

static void one_more_than_there_is_room_for_is_turned_away(void **state)
{
	own_fd int one = -1, two = -1, three = -1, four = -1;
	own_fd int first = -1, second = -1, third = -1;
	struct egress_record r;

	(void)state;
	connect_through(&one, &first);
	connect_through(&two, &second);
	connect_through(&three, &third);
	four = dial();
	hear_end(four);
	r = record();
	assert_int_equal(r.verdict, EGRESS_REFUSED);
	assert_string_equal(r.reason, "too many connections at once");
	say(one, " and on");
	hear(first, " and on"); /* the others do not feel it */
	own_fd_end(&two);
	own_fd_end(&second);
	assert_int_equal(record().verdict, EGRESS_CARRIED);
	own_fd_end(&four);
	connect_through(&four, &second);
}

static uint64_t used_ms(void)
{
	struct timespec used;
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(thread, &clock), 0);
	clock_gettime(clock, &used);
	return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

/* It does not turn in its loop, says so, and takes the connection when there is one again. */
static void without_descriptors_it_waits(void **state)
{
	own_fd int client = -1, peer = -1, waiting = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct rlimit full, none;
	struct egress_record r;
	uint64_t before;

	(void)state;
	connect_through(&client, &peer); /* from here on it listens */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &full), 0);
	none = (struct rlimit){ .rlim_cur = 3, .rlim_max = full.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(connect(waiting, (struct sockaddr *)&proxy_at, sizeof(proxy_at)), 0);
	r = record();
	before = used_ms();
	record(); /* the next one, a second later */
	assert_true(used_ms() - before < 500);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &full), 0);
	assert_int_equal(r.verdict, EGRESS_REFUSED);
	assert_string_equal(r.reason, "a connection cannot be taken: Too many open files");
	say(waiting, "GET / HTTP/1.1\r\n\r\n");
	hear(waiting, "HTTP/1.1 4");
}

int main(void)
{
#define CASE(test_) cmocka_unit_test_setup_teardown(test_, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(who_has_said_his_last_still_hears),
		CASE(a_server_that_has_said_its_last_still_hears),
		CASE(a_reset_is_no_end),
		CASE(a_peer_that_is_gone_without_a_word_is_noticed),
		CASE(one_more_than_there_is_room_for_is_turned_away),
		CASE(without_descriptors_it_waits),
	};

	signal(SIGPIPE, SIG_IGN); /* as its main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
