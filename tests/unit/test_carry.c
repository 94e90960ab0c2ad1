/* sandbox/egress/carry.c: whose pipe it is, and what is in it. */
#include "sandbox/base/own.h"
#include "sandbox/egress/carry.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define PEERS (CARRY_WIDE + 2)

struct peer {
	struct carry carry;
	int from[2], to[2]; /* the far end is the second */
};

static void be_there(struct peer *peer)
{
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	*peer = (struct peer){ .carry = CARRY_NONE };
	assert_int_equal(socketpair(AF_UNIX, type, 0, peer->from), 0);
	assert_int_equal(socketpair(AF_UNIX, type, 0, peer->to), 0);
	peer->carry.readable = peer->carry.writable = true;
}

static void say(struct peer *peer, const char *word)
{
	assert_int_equal(send(peer->from[1], word, strlen(word), 0), strlen(word));
	peer->carry.readable = true;
}

static void hears(struct peer *peer, const char *word)
{
	char got[64] = "";

	assert_int_equal(recv(peer->to[1], got, sizeof(got) - 1, 0), strlen(word));
	assert_string_equal(got, word);
}

static void leave(struct peer *peer, struct carry_wide *wide)
{
	carry_end(&peer->carry, wide);
	for (unsigned i = 0; i < 2; i++) {
		own_fd_end(&peer->from[i]);
		own_fd_end(&peer->to[i]);
	}
}

static void run(struct peer *peer, struct carry_wide *wide)
{
	assert_int_equal(carry_run(&peer->carry, peer->from[0], peer->to[0], wide), 0);
}

static void a_wide_pipe_goes_from_hand_to_hand(void **state)
{
	struct carry_wide wide = { 0 };
	struct peer one, other;

	(void)state;
	be_there(&one);
	be_there(&other);
	say(&one, "first");
	run(&one, &wide);
	hears(&one, "first");
	assert_int_equal(one.carry.pipe[0], -1); /* who is silent holds none */
	assert_int_equal(wide.idle_n, 1);
	say(&other, "second");
	run(&other, &wide);
	hears(&other, "second");
	assert_int_equal(wide.made_n, 1);
	leave(&one, &wide);
	leave(&other, &wide);
}

static void who_finds_no_wide_one_has_one_of_the_usual_size(void **state)
{
	struct carry_wide wide = { 0 };
	struct peer peers[PEERS];

	(void)state;
	for (unsigned i = 0; i < PEERS; i++) {
		be_there(&peers[i]);
		peers[i].carry.writable = false;
		say(&peers[i], "held");
		run(&peers[i], &wide);
		assert_int_equal(peers[i].carry.piped, 4);
		assert_int_equal(peers[i].carry.is_wide, i < CARRY_WIDE);
		assert_int_equal(
			fcntl(peers[i].carry.pipe[0], F_GETPIPE_SZ) > 64 * 1024, i < CARRY_WIDE);
	}
	for (unsigned i = 0; i < PEERS; i++) {
		peers[i].carry.writable = true;
		run(&peers[i], &wide);
		hears(&peers[i], "held");
		leave(&peers[i], &wide);
	}
	assert_int_equal(wide.idle_n, CARRY_WIDE);
	assert_int_equal(wide.made_n, CARRY_WIDE);
}

/* What a connection leaves in a pipe when it breaks is nobody else's. */
static void a_pipe_with_bytes_in_it_is_not_handed_on(void **state)
{
	struct carry_wide wide = { 0 };
	struct peer one, other;

	(void)state;
	be_there(&one);
	one.carry.writable = false;
	say(&one, "secret");
	run(&one, &wide);
	leave(&one, &wide);
	assert_int_equal(wide.idle_n, 0);
	assert_int_equal(wide.made_n, 0);
	be_there(&other);
	say(&other, "plain");
	run(&other, &wide);
	hears(&other, "plain");
	leave(&other, &wide);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wide_pipe_goes_from_hand_to_hand),
		cmocka_unit_test(who_finds_no_wide_one_has_one_of_the_usual_size),
		cmocka_unit_test(a_pipe_with_bytes_in_it_is_not_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
