/* sandbox/launcher/relay.c: bytes go through whole, in order, and never block the loop. */
#include "sandbox/base/own.h"
#include "sandbox/launcher/relay.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct pipes {
	int in[2], out[2];
	struct relay relay;
};

static int setup(void **state)
{
	struct pipes *p = calloc(1, sizeof(*p));

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(p->in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(p->out, O_CLOEXEC), 0);
	relay_output(&p->relay, p->in[0], p->out[1], relay_reopen(p->out[1], O_WRONLY));
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pipes *p = *state;

	relay_release(&p->relay);
	own_fd_end(&p->in[1]);
	own_fd_end(&p->out[0]);
	own_fd_end(&p->out[1]);
	free(p);
	return 0;
}

/* One turn of a loop that waits for nothing. */
static bool turn(struct relay *r, uint64_t allowed)
{
	struct pollfd polls[2];

	relay_poll(r, polls);
	poll(polls, 2, 0);
	return relay_pump(r, polls, allowed);
}

static void test_bytes_and_end(void **state)
{
	struct pipes *p = *state;
	char got[16] = "";

	assert_int_equal(write(p->in[1], "a\0b\xff", 4), 4);
	assert_true(turn(&p->relay, UINT64_MAX));
	assert_int_equal(read(p->out[0], got, sizeof(got)), 4);
	assert_memory_equal(got, "a\0b\xff", 4);
	own_fd_end(&p->in[1]);
	assert_false(turn(&p->relay, UINT64_MAX));
	assert_true(relay_done(&p->relay));
	assert_int_equal(p->relay.bytes, 4);
}

static void test_a_reader_that_does_not_read(void **state)
{
	struct pipes *p = *state;
	char block[PIPE_BUF];
	size_t sent = 0, got = 0;
	ssize_t n;

	memset(block, 'x', sizeof(block));
	assert_int_equal(fcntl(p->in[1], F_SETFL, O_NONBLOCK), 0);
	/* Until neither pipe nor the relay takes more: nothing of this may block. */
	for (int idle = 0; idle < 3;) {
		n = write(p->in[1], block, sizeof(block));
		sent += n > 0 ? (size_t)n : 0;
		idle = turn(&p->relay, UINT64_MAX) || n > 0 ? 0 : idle + 1;
	}
	own_fd_end(&p->in[1]);
	while (!relay_done(&p->relay)) {
		n = read(p->out[0], block, sizeof(block));
		assert_true(n > 0);
		got += (size_t)n;
		turn(&p->relay, UINT64_MAX);
	}
	own_fd_end(&p->out[1]); /* the test's own copy */
	while ((n = read(p->out[0], block, sizeof(block))) > 0)
		got += (size_t)n;
	assert_int_equal(got, sent);
}

static void test_no_more_than_allowed(void **state)
{
	struct pipes *p = *state;
	char got[16];

	assert_int_equal(write(p->in[1], "0123456789", 10), 10);
	assert_true(turn(&p->relay, 4));
	assert_int_equal(p->relay.bytes, 4);
	assert_int_equal(read(p->out[0], got, sizeof(got)), 4);
}

static void test_a_reader_that_goes_away(void **state)
{
	struct pipes *p = *state;

	own_fd_end(&p->out[0]);
	assert_int_equal(write(p->in[1], "x", 1), 1);
	turn(&p->relay, UINT64_MAX);
	turn(&p->relay, UINT64_MAX);
	assert_true(relay_done(&p->relay));
	/* The writer is told as it would be without us. */
	assert_int_equal(write(p->in[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(p->relay.lost, 0);
}

static void test_a_disk_that_is_full(void **state)
{
	struct pipes *p = *state;
	struct relay r;
	own_fd int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_true(full >= 0);
	relay_output(&r, fcntl(p->in[0], F_DUPFD_CLOEXEC, 3), full, -1);
	assert_int_equal(write(p->in[1], "x", 1), 1);
	turn(&r, UINT64_MAX);
	turn(&r, UINT64_MAX);
	assert_true(relay_done(&r));
	assert_int_equal(r.lost, ENOSPC);
	relay_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bytes_and_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_reader_that_does_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_more_than_allowed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_reader_that_goes_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_disk_that_is_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
