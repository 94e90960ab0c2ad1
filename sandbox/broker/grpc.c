/* Three kinds of fibers: one reads the client, one the engine, and each call has one
 * while it is checked, and again when its answer is written anew. nghttp2's callbacks only note
 * what came; whatever may wait happens in a fiber. Nothing of a call is touched once neither
 * side's stream of it is open and no fiber works on it: then it is freed. */
#include "sandbox/broker/grpc.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/grpc_callbacks.h"
#include "sandbox/broker/grpc_fiber.h"

#define GRPC_WINDOW     65535

/* A client resets a call when its user presses Ctrl-C, not by the hundred (CVE-2023-44487);
 * what GRPC_HEADER_BYTES hold needs no continuation at all (VU#421644). */
#define RESETS          100
#define RESETS_A_SECOND 10
#define CONTINUATIONS   8

/* Of nghttp2 1.57 and 1.61, and of Debian's 1.52 by their security updates: the version does
 * not tell whether they are there, the library does. */
void nghttp2_option_set_stream_reset_rate_limit(
	nghttp2_option *option, uint64_t burst, uint64_t rate) __attribute__((weak));
void nghttp2_option_set_max_continuations(nghttp2_option *option, size_t n) __attribute__((weak));

static void limit_floods(nghttp2_option *option)
{
	nghttp2_option_set_max_outbound_ack(option, 100);
	nghttp2_option_set_max_settings(option, 32);
	if (nghttp2_option_set_stream_reset_rate_limit != NULL)
		nghttp2_option_set_stream_reset_rate_limit(option, RESETS, RESETS_A_SECOND);
	if (nghttp2_option_set_max_continuations != NULL)
		nghttp2_option_set_max_continuations(option, CONTINUATIONS);
}

static int side_open(struct grpc_side *side, struct grpc *g, struct stream *stream, bool is_server)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, GRPC_CALLS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, GRPC_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, GRPC_HEADER_BYTES },
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
	};
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	int result = -1;

	side->grpc = g;
	side->stream = stream;
	if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0) {
		limit_floods(option);
		nghttp2_option_set_no_auto_window_update(option, !is_server);
		grpc_callbacks_set(callbacks, is_server);
		result = is_server ? nghttp2_session_server_new2(
					     &side->session, callbacks, side, option)
				   : nghttp2_session_client_new2(
					     &side->session, callbacks, side, option);
	}
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	/* A server has no say in push. */
	return result == 0 ? nghttp2_submit_settings(side->session, NGHTTP2_FLAG_NONE, settings,
				     ARRAY_LEN(settings) - (is_server ? 1 : 0))
			   : -1;
}

static void begin_calls(struct grpc *g)
{
	for (struct grpc_call *call = g->calls; call != NULL; call = call->next)
		if (call->complete && !call->begun) {
			call->begun = true;
			grpc_fiber_carry_out(call);
		}
}

/* nghttp2 has said GOAWAY, and would only ignore what still comes. */
static bool is_done(const struct grpc_side *side)
{
	return nghttp2_session_want_read(side->session) == 0 &&
	       nghttp2_session_want_write(side->session) == 0;
}

static void side_read(struct grpc_side *side)
{
	struct grpc *g = side->grpc;

	while (!g->over && !is_done(side)) {
		size_t n;
		const char *bytes = stream_bytes(side->stream, &n);

		if (n == 0) {
			if (stream_fill(side->stream, STREAM_PIECE) <= 0)
				break;
			continue;
		}
		if (nghttp2_session_mem_recv(side->session, (const uint8_t *)bytes, n) < 0)
			break;
		stream_consume(side->stream, n);
		begin_calls(g);
		grpc_sides_flush(g);
		grpc_call_sweep(g);
		fiber_yield(&g->x->broker->loop);
	}
	grpc_sides_flush(g); /* a GOAWAY that says why */
	grpc_sides_end(g);
}

static void engine_main(void *data)
{
	struct grpc *g = data;

	side_read(&g->engine);
	if (--g->fibers == 0)
		endpoint_poke(&g->quiet);
}

static void grpc_release(struct grpc *g)
{
	struct wait quiet = { &g->quiet, WAIT_IN };

	while (g->fibers > 0) {
		g->quiet.in = false;
		fiber_wait(&g->x->broker->loop, &quiet, 1, LOOP_FOREVER);
	}
	nghttp2_session_del(g->client.session);
	nghttp2_session_del(g->engine.session);
	for (struct grpc_call *call = g->calls, *next; call != NULL; call = next) {
		next = call->next;
		buildkit_job_broken(g->x, &call->job);
		grpc_call_free(call);
	}
}

void grpc_serve(struct exchange *x)
{
	struct grpc g = { .x = x, .quiet = { .fd = -1 } };

	upstream_root(&x->broker->upstream, &x->client->end); /* no callback may wait for it */
	/* Each side is waited for only as long as the other one is there. */
	x->client->idle_ms = x->engine.idle_ms = LOOP_FOREVER;
	x->client->cancel_on = &x->engine.end;
	x->client->cancel_when = WAIT_HUP;
	if (side_open(&g.client, &g, x->client, true) == 0 &&
		side_open(&g.engine, &g, &x->engine, false) == 0) {
		g.fibers++;
		if (fiber_start(&x->broker->loop, engine_main, &g) == 0)
			side_read(&g.client);
		else
			g.fibers--;
	}
	grpc_sides_end(&g);
	grpc_release(&g);
	x->client->cancel_on = NULL;
}
