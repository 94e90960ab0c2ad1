#include "sandbox/broker/loop.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <ucontext.h>

#define GUARD_BYTES   (64 * 1024) /* the largest page: a smaller guard would grow into the stack */
#define EVENTS_A_TURN 64

struct fiber {
	struct fiber *next;
	struct loop *loop;
	ucontext_t context;
	char *stack;
	void (*main)(void *data);
	void *data;
	uint64_t deadline_ms;
	bool runnable, ended;
};

int loop_init(struct loop *loop, struct failure *f)
{
	*loop = (struct loop){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	if (loop->epoll_fd < 0)
		return fail(f, errno, "make an epoll descriptor");
	loop->home = calloc(1, sizeof(ucontext_t));
	return loop->home != NULL ? 0 : fail(f, ENOMEM, "make the loop");
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

/* ---- fibers ---- */

/* makecontext(3) passes ints alone: a pointer in two halves. */
static void fiber_enter(unsigned high, unsigned low)
{
	struct fiber *fiber = (struct fiber *)(((uintptr_t)high << 32) | low);

	fiber->main(fiber->data);
	fiber->ended = true;
	swapcontext(&fiber->context, fiber->loop->home); /* does not come back */
}

static struct fiber *fiber_new(struct loop *loop)
{
	struct fiber *fiber = loop->idle;

	if (fiber != NULL) {
		loop->idle = fiber->next;
		return fiber;
	}
	fiber = calloc(1, sizeof(*fiber));
	if (fiber == NULL)
		return NULL;
	fiber->stack = mmap(NULL, LOOP_STACK + GUARD_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (fiber->stack == MAP_FAILED || mprotect(fiber->stack, GUARD_BYTES, PROT_NONE) < 0) {
		if (fiber->stack != MAP_FAILED)
			munmap(fiber->stack, LOOP_STACK + GUARD_BYTES);
		free(fiber);
		return NULL;
	}
	return fiber;
}

/* Apart, because getcontext(3) may return twice as far as the compiler knows. */
static __attribute__((noinline)) void fiber_prepare(struct fiber *fiber)
{
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = fiber->stack + GUARD_BYTES;
	fiber->context.uc_stack.ss_size = LOOP_STACK;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, (void (*)(void))fiber_enter, 2,
		(unsigned)((uintptr_t)fiber >> 32), (unsigned)(uintptr_t)fiber);
}

int fiber_start(struct loop *loop, void (*main)(void *data), void *data)
{
	struct fiber *fiber = loop->live < LOOP_FIBERS ? fiber_new(loop) : NULL;

	if (fiber == NULL)
		return -1;
	fiber->loop = loop;
	fiber->main = main;
	fiber->data = data;
	fiber->deadline_ms = LOOP_FOREVER;
	fiber->runnable = true;
	fiber->ended = false;
	fiber_prepare(fiber);
	fiber->next = loop->fibers;
	loop->fibers = fiber;
	loop->live++;
	return 0;
}

/* The pages of a stack that was used deeply once are given back to the kernel. */
static void fiber_retire(struct loop *loop, struct fiber *fiber)
{
	madvise(fiber->stack + GUARD_BYTES, LOOP_STACK, MADV_DONTNEED);
	fiber->next = loop->idle;
	loop->idle = fiber;
	loop->live--;
}

/* ---- waiting ---- */

struct waiter {
	struct waiter *next; /* of the same endpoint */
	struct fiber *fiber;
	struct wait wait;
	unsigned pokes; /* of the endpoint, when the wait began */
};

static bool is_true(const struct waiter *waiter)
{
	const struct endpoint *e = waiter->wait.endpoint;
	unsigned what = waiter->wait.what;

	return ((what & WAIT_IN) != 0 && e->in) || ((what & WAIT_OUT) != 0 && e->out) ||
	       ((what & WAIT_HUP) != 0 && e->hup) || ((what & WAIT_GONE) != 0 && e->gone) ||
	       ((what & WAIT_POKE) != 0 && e->pokes != waiter->pokes);
}

static bool any_true(const struct waiter *waiters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_true(&waiters[i]))
			return true;
	return false;
}

static void enlist(struct waiter *waiter)
{
	waiter->next = waiter->wait.endpoint->waiters;
	waiter->wait.endpoint->waiters = waiter;
}

static void delist(struct waiter *waiter)
{
	struct waiter **at = &waiter->wait.endpoint->waiters;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
}

bool fiber_wait(struct loop *loop, const struct wait *waits, size_t n, uint64_t deadline_ms)
{
	struct fiber *self = loop->current;
	struct waiter waiters[LOOP_WAITS];

	assert(n <= LOOP_WAITS);
	for (size_t i = 0; i < n; i++)
		waiters[i] = (struct waiter){
			.fiber = self, .wait = waits[i], .pokes = waits[i].endpoint->pokes
		};
	while (!any_true(waiters, n)) {
		if (deadline_ms != LOOP_FOREVER && clock_now_ms() >= deadline_ms)
			return false;
		self->deadline_ms = deadline_ms;
		self->runnable = false;
		for (size_t i = 0; i < n; i++)
			enlist(&waiters[i]);
		swapcontext(&self->context, loop->home);
		for (size_t i = 0; i < n; i++)
			delist(&waiters[i]);
	}
	return true;
}

void fiber_yield(struct loop *loop)
{
	struct fiber *self = loop->current;

	self->runnable = true;
	swapcontext(&self->context, loop->home);
}

/* ---- endpoints ---- */

static void wake(struct endpoint *endpoint)
{
	for (struct waiter *waiter = endpoint->waiters; waiter != NULL; waiter = waiter->next)
		waiter->fiber->runnable = true;
}

void endpoint_poke(struct endpoint *endpoint)
{
	endpoint->in = true;
	endpoint->pokes++;
	wake(endpoint);
}

int endpoint_open(struct loop *loop, struct endpoint *endpoint, int fd, struct failure *f)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = endpoint };

	/* Try first: the kernel speaks up only when something changes. */
	*endpoint = (struct endpoint){ .fd = fd, .in = true, .out = true };
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	fail(f, errno, "watch a descriptor");
	endpoint_close(endpoint);
	return -1;
}

void endpoint_close(struct endpoint *endpoint)
{
	own_fd_end(&endpoint->fd);
}

/* ---- the loop ---- */

static int turn_timeout(const struct loop *loop)
{
	uint64_t now = clock_now_ms(), next = LOOP_FOREVER;

	for (const struct fiber *f = loop->fibers; f != NULL; f = f->next) {
		if (f->runnable)
			return 0;
		if (f->deadline_ms < next)
			next = f->deadline_ms;
	}
	if (next == LOOP_FOREVER)
		return -1;
	return next <= now ? 0 : (int)(next - now > 3600000 ? 3600000 : next - now);
}

static void take_events(struct loop *loop)
{
	struct epoll_event events[EVENTS_A_TURN];
	int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, turn_timeout(loop));

	for (int i = 0; i < n; i++) {
		struct endpoint *endpoint = events[i].data.ptr;
		uint32_t what = events[i].events;

		if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
			endpoint->in = true;
		if ((what & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
			endpoint->out = true;
		if ((what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
			endpoint->hup = true;
		if ((what & (EPOLLHUP | EPOLLERR)) != 0)
			endpoint->gone = true;
		wake(endpoint);
	}
}

static void run_fibers(struct loop *loop)
{
	uint64_t now = clock_now_ms();

	/* A fiber that another one starts goes to the front: it runs at the next turn. */
	for (struct fiber **at = &loop->fibers; *at != NULL && !loop->stopped;) {
		struct fiber *fiber = *at;

		if (fiber->deadline_ms <= now)
			fiber->runnable = true;
		if (fiber->runnable) {
			fiber->deadline_ms = LOOP_FOREVER;
			loop->current = fiber;
			swapcontext(loop->home, &fiber->context);
			loop->current = NULL;
		}
		if (fiber->ended) {
			/* Newcomers may stand before it by now. */
			while (*at != fiber)
				at = &(*at)->next;
			*at = fiber->next;
			fiber_retire(loop, fiber);
		} else {
			at = &fiber->next;
		}
	}
}

void loop_run(struct loop *loop)
{
	while (!loop->stopped && loop->fibers != NULL) {
		take_events(loop);
		run_fibers(loop);
	}
}
