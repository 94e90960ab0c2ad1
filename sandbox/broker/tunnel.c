/* Two halves, a fiber each, and an order in which they end:
 *
 * - a half ends         when its `from` has said all or is broken; `to` is told by SHUT_WR, and
 *                       may go on answering through the other half
 * - a half gives up     once the other side of it is gone (WAIT_GONE): not at its hup, for a
 *                       client that has said all (docker run <file) still reads
 * - engine ended first  nobody will read what the builder might still say: LINGER_MS for what
 *                       is on its way, then the builder's side is broken
 * - builder ended first the engine speaks as long as it likes
 *
 * Both fibers have ended when tunnel_run() returns; the caller may close. */
#include "sandbox/broker/tunnel.h"

#include "sandbox/base/clock.h"
#include "sandbox/broker/sink.h"

#include <sys/socket.h>

#define MOVES_A_TURN 16    /* before the others have one */
#define LINGER_MS    10000 /* for the second half of a tunnel */

struct half {
	struct stream *from, *to;
	struct endpoint ended;
};

static void half_pump(struct half *half)
{
	struct body_reader body = {
		.from = half->from, .framing = FRAMING_CLOSE, .most = UINT64_MAX
	};
	struct sink sink = { .to = half->to, .pipe = { -1, -1 } };
	struct refusal unsaid;
	uint64_t moved;

	for (unsigned turn = 1;
		sink_move(&sink, &body, UINT64_MAX, &moved, &unsaid) == 0 && moved > 0; turn++)
		if (turn % MOVES_A_TURN == 0)
			fiber_yield(half->from->loop);
	sink_release(&sink);
	/* The other side may still answer: it is told that this one has said all. */
	shutdown(half->to->end.fd, SHUT_WR);
	endpoint_poke(&half->ended);
}

static void half_main(void *data)
{
	half_pump(data);
}

void tunnel_run(struct stream *a, struct stream *b)
{
	struct half there = { a, b, { .fd = -1 } }, back = { b, a, { .fd = -1 } };
	struct wait both[] = { { &there.ended, WAIT_IN }, { &back.ended, WAIT_IN } };

	/* Each side is waited for only as long as the other still listens. */
	a->cancel_on = &b->end;
	b->cancel_on = &a->end;
	a->cancel_when = b->cancel_when = WAIT_GONE;
	a->writes_on = true; /* a slow builder still gets what an engine said that has gone */
	a->idle_ms = b->idle_ms = LOOP_FOREVER;
	if (fiber_start(a->loop, half_main, &there) < 0)
		return;
	if (fiber_start(a->loop, half_main, &back) < 0) {
		stream_break(a);
		fiber_wait(a->loop, both, 1, LOOP_FOREVER);
		return;
	}
	/* The builder's side may close its half and read on for as long as the engine speaks;
	 * once the engine has said all, nobody reads what the builder might still say. */
	fiber_wait(a->loop, &both[1], 1, LOOP_FOREVER);
	if (!fiber_wait(a->loop, &both[0], 1, clock_now_ms() + LINGER_MS)) {
		stream_break(a);
		fiber_wait(a->loop, &both[0], 1, LOOP_FOREVER);
	}
}
