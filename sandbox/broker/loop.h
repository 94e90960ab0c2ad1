/* sandbox/broker/loop.h: one thread, one epoll(7), a fiber for everything that may wait.
 *
 * A fiber is a function with a stack of its own (makecontext(3)) that reads like ordinary
 * code; where it would block it yields to the loop, which goes on with whoever can.
 * Nothing runs in parallel, so nothing is locked. An endpoint is registered once, edge
 * triggered: what the kernel said last is remembered until an operation says EAGAIN.
 *
 * Limits   LOOP_FIBERS fibers; stacks of LOOP_STACK bytes with a guard page below.
 */
#ifndef SANDBOX_BROKER_LOOP_H
#define SANDBOX_BROKER_LOOP_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOP_FIBERS  1024
#define LOOP_STACK   (96 * 1024)
#define LOOP_FOREVER UINT64_MAX

struct fiber;
struct waiter;

/* A non-blocking descriptor; or none (fd -1), a condition that endpoint_poke() sets. */
struct endpoint {
	int fd; /* owned */
	bool in, out;
	bool hup;               /* the peer says no more */
	bool gone;              /* and hears no more either */
	unsigned pokes;         /* so many times endpoint_poke() was called */
	struct waiter *waiters; /* fibers that wait for any of these; each on its stack */
};

/* WAIT_POKE: poked since the wait began. Where several fibers wait for a change, none of them
 * can clear `in` before the others have seen it. */
enum { WAIT_IN = 1, WAIT_OUT = 2, WAIT_HUP = 4, WAIT_GONE = 8, WAIT_POKE = 16 };
#define LOOP_WAITS 4 /* of one fiber at once */
struct wait {
	struct endpoint *endpoint;
	unsigned what;
};

struct loop {
	int epoll_fd;
	struct fiber *fibers; /* all that live, linked */
	struct fiber *idle;   /* stacks to use again */
	struct fiber *current;
	void *home; /* the loop's own context */
	size_t live;
	bool stopped;
};

int loop_init(struct loop *loop, struct failure *f);
/* Until loop_stop(), or until no fiber is left. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Start main(data) as a fiber; it runs at the loop's next turn. -1: too many, or no memory. */
int fiber_start(struct loop *loop, void (*main)(void *data), void *data);
/* In a fiber: until one of the waits, at most LOOP_WAITS, is true. false: the deadline (LOOP_FOREVER: none). */
bool fiber_wait(struct loop *loop, const struct wait *waits, size_t n, uint64_t deadline_ms);
/* In a fiber that could go on for long: let the others have a turn. */
void fiber_yield(struct loop *loop);

/* Take fd (made non-blocking) into the loop; on failure it is closed. */
int endpoint_open(struct loop *loop, struct endpoint *endpoint, int fd, struct failure *f);
void endpoint_close(struct endpoint *endpoint);
/* Say that a condition without descriptor has come true, and wake who waits for it. */
void endpoint_poke(struct endpoint *endpoint);

#endif
