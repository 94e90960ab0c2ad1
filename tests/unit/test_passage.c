/* sandbox/egress/passage_run.c: whose turn it is. */
#include "sandbox/base/own.h"
#include "sandbox/egress/passage_run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#define TURNS 20

/* A peer that always has something to say and one that always listens. */
static void be_endless(struct passage *c, struct gateway *gateway)
{
	*c = (struct passage){
		.gateway = gateway,
		.stage = PASSAGE_CARRIED,
		.speech = SPEECH_OTHER,
		.inside = { .fd = open("/dev/null", O_RDWR | O_CLOEXEC) },
		.outside = { .fd = open("/dev/zero", O_RDWR | O_CLOEXEC) },
		.up = CARRY_NONE,
		.down = CARRY_NONE,
		.at = &gateway->passages,
	};
	assert_true(c->inside.fd >= 0 && c->outside.fd >= 0);
	c->down.readable = c->down.writable = true;
}

static void release(struct passage *c)
{
	own_fd_end(&c->inside.fd);
	own_fd_end(&c->outside.fd);
	carry_end(&c->up, &c->gateway->wide_pipes);
	carry_end(&c->down, &c->gateway->wide_pipes);
	text_release(&c->first);
}

static void two_that_never_end_have_equal_shares(void **state)
{
	struct gateway gateway = { .control.fd = -1 };
	struct passage one, other;

	(void)state;
	be_endless(&one, &gateway);
	be_endless(&other, &gateway);
	passage_run(&one);
	assert_true(one.down.bytes > 0);
	assert_ptr_equal(gateway.again, &one);
	passage_run(&other);
	passage_run(&other); /* once more in the same turn: it is not put there twice */
	for (unsigned i = 0; i < TURNS; i++) {
		assert_ptr_equal(gateway.again, &one);
		assert_ptr_equal(one.next_again, &other);
		assert_null(other.next_again);
		passage_run_again(&gateway);
	}
	assert_int_equal(other.down.bytes, one.down.bytes / (TURNS + 1) * (TURNS + 2));
	release(&one);
	release(&other);
}

/* Bytes that come one by one cost as much as many: it is calls that are counted. */
static void one_that_talks_endlessly_is_read_for_a_while(void **state)
{
	struct gateway gateway = { .control.fd = -1 };
	struct passage c;
	int pair[2], left = 0;
	char byte;

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(send(pair[1], "x", 1, 0), 1);
	be_endless(&c, &gateway);
	own_fd_end(&c.inside.fd);
	c.inside.fd = pair[0];
	c.stage = PASSAGE_DISMISSED;
	c.up.readable = true;
	passage_run(&c);
	assert_ptr_equal(gateway.again, &c);
	while (recv(pair[0], &byte, 1, 0) == 1)
		left++;
	assert_true(left > 50 && left < 100);
	passage_run_again(&gateway);
	assert_null(gateway.again);
	release(&c);
	own_fd_end(&pair[1]);
}

/* One that ends while it is waiting for its turn is neither run nor freed too early. */
static void one_that_ends_meanwhile_is_skipped(void **state)
{
	struct gateway gateway = { .control.fd = -1 };
	struct passage *c = malloc(sizeof(*c));

	(void)state;
	assert_non_null(c);
	be_endless(c, &gateway);
	gateway.passages = c;
	gateway.passages_n = 1;
	passage_run(c);
	passage_finish(c);
	passage_sweep(&gateway);
	assert_ptr_equal(gateway.ended, c);
	passage_run_again(&gateway);
	passage_sweep(&gateway);
	assert_null(gateway.ended);
	assert_null(gateway.again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_that_never_end_have_equal_shares),
		cmocka_unit_test(one_that_talks_endlessly_is_read_for_a_while),
		cmocka_unit_test(one_that_ends_meanwhile_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
