#include "sandbox/broker/loop.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#define MANY    24    /* more than any fixed place for them would hold */
#define LATE_MS 10000 /* who is not woken sees what has happened only then */

/* One for all: it keeps the stacks of fibers that have ended. */
static struct loop loop;

struct scene {
	struct endpoint change;
	size_t waiting, woken, rounds;
	bool timely;
};

/* Run what was started. True if nobody had to wait for the deadline. */
static bool run_in_time(void)
{
	uint64_t begun = clock_now_ms();

	loop_run(&loop);
	return clock_now_ms() < begun + LATE_MS;
}

static int begin(void **state)
{
	struct failure f;

	(void)state;
	return loop_init(&loop, &f);
}

/* Everybody waits for two changes, and the last one to come makes the first. */
static void waits_twice(void *data)
{
	struct scene *s = data;
	struct wait change = { &s->change, WAIT_POKE };

	for (int i = 0; i < 2; i++) {
		s->waiting++;
		s->woken += fiber_wait(&loop, &change, 1, clock_now_ms() + LATE_MS);
	}
}

static void pokes_twice(void *data)
{
	struct scene *s = data;

	for (size_t i = 1; i <= 2; i++) {
		while (s->waiting < i * MANY)
			fiber_yield(&loop);
		endpoint_poke(&s->change);
	}
}

static void a_poke_wakes_all_who_wait(void **state)
{
	struct scene s = { .change = { .fd = -1 } };

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(fiber_start(&loop, waits_twice, &s), 0);
	assert_int_equal(fiber_start(&loop, pokes_twice, &s), 0);
	assert_true(run_in_time());
	assert_int_equal(s.woken, 2 * MANY);
	assert_null(s.change.waiters);
}

static void waits_late(void *data)
{
	struct scene *s = data;
	struct wait change = { &s->change, WAIT_POKE };
	uint64_t until = clock_now_ms() + 30;

	endpoint_poke(&s->change);
	s->woken = fiber_wait(&loop, &change, 1, until);
	s->timely = clock_now_ms() >= until;
}

static void a_poke_before_the_wait_is_none(void **state)
{
	struct scene s = { .change = { .fd = -1 } };

	(void)state;
	assert_int_equal(fiber_start(&loop, waits_late, &s), 0);
	loop_run(&loop);
	assert_int_equal(s.woken, 0);
	assert_true(s.timely);
}

/* A condition that stays: set before, it ends the wait at once. */
static void waits_for_done(void *data)
{
	struct scene *s = data;
	struct wait done = { &s->change, WAIT_IN };

	endpoint_poke(&s->change);
	s->woken = fiber_wait(&loop, &done, 1, LOOP_FOREVER);
}

static void what_is_done_stays_done(void **state)
{
	struct scene s = { .change = { .fd = -1 } };

	(void)state;
	assert_int_equal(fiber_start(&loop, waits_for_done, &s), 0);
	loop_run(&loop);
	assert_int_equal(s.woken, 1);
}

struct peer {
	struct scene scene;
	struct endpoint end;
	int other;
};

static void waits_for_peer(void *data)
{
	struct peer *p = data;
	struct wait waits[] = { { &p->scene.change, WAIT_POKE }, { &p->end, WAIT_GONE } };

	p->scene.waiting++;
	p->scene.woken += fiber_wait(&loop, waits, 2, clock_now_ms() + LATE_MS);
}

static void peer_leaves(void *data)
{
	struct peer *p = data;

	while (p->scene.waiting < MANY)
		fiber_yield(&loop);
	close(p->other);
}

static void a_peer_that_leaves_wakes_all_who_wait(void **state)
{
	struct failure f;
	struct peer p = { .scene = { .change = { .fd = -1 } } };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p.other = pair[1];
	assert_int_equal(endpoint_open(&loop, &p.end, pair[0], &f), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(fiber_start(&loop, waits_for_peer, &p), 0);
	assert_int_equal(fiber_start(&loop, peer_leaves, &p), 0);
	assert_true(run_in_time());
	assert_int_equal(p.scene.woken, MANY);
	assert_null(p.end.waiters);
	assert_null(p.scene.change.waiters);
	endpoint_close(&p.end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_poke_wakes_all_who_wait),
		cmocka_unit_test(a_poke_before_the_wait_is_none),
		cmocka_unit_test(what_is_done_stays_done),
		cmocka_unit_test(a_peer_that_leaves_wakes_all_who_wait),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
