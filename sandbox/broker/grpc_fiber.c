#include "sandbox/broker/grpc_fiber.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/grpc_answer.h"

#include <string.h>

/* ---- the request, checked and on its way ---- */

/* Exactly one message, not compressed. */
static int unframe(const struct grpc_call *call, struct span *ret, struct refusal *r)
{
	const unsigned char *s = (const unsigned char *)call->request.s;
	size_t n;

	if (call->crowded)
		return refuse(
			r, 429, "requests of more than %d bytes at once", GRPC_ALL_REQUEST_BYTES);
	if (call->overflowed)
		return refuse(r, 413, "a request of more than %d bytes", GRPC_REQUEST_BYTES);
	if (call->request.failed)
		return refuse_memory(r);
	if (call->request.n < GRPC_PREFIX)
		return refuse(r, 400, "a call without its message");
	if (s[0] != 0)
		return refuse(r, 501, "compressed messages are not read");
	n = (size_t)s[1] << 24 | (size_t)s[2] << 16 | (size_t)s[3] << 8 | s[4];
	if (n != call->request.n - GRPC_PREFIX)
		return refuse(r, 400, "a call of other than one message");
	*ret = (struct span){ call->request.s + GRPC_PREFIX, n };
	return 0;
}

static ssize_t give_message(nghttp2_session *session, int32_t id, uint8_t *ret, size_t n,
	uint32_t *flags, nghttp2_data_source *source, void *data)
{
	struct grpc_call *call = source->ptr;
	size_t have = call->message.n - call->message_at;

	(void)session;
	(void)id;
	(void)data;
	n = n < have ? n : have;
	memcpy(ret, call->message.s + call->message_at, n);
	call->message_at += n;
	if (call->message_at == call->message.n)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static int send_on(struct grpc_call *call, struct refusal *r)
{
	nghttp2_nv head[] = {
		GRPC_HEADER(":method", "POST", 4),
		GRPC_HEADER(":scheme", "http", 4),
		GRPC_HEADER(":path", call->path, strlen(call->path)),
		GRPC_HEADER(":authority", "localhost", 9),
		GRPC_HEADER("content-type", "application/grpc", 16),
		GRPC_HEADER("te", "trailers", 8),
		GRPC_HEADER("user-agent", "cofferdam", 9),
		GRPC_HEADER("", "", 0),
		GRPC_HEADER("", "", 0),
	};
	const nghttp2_nv build =
		GRPC_HEADER("buildkit-controlapi-buildid", call->build, strlen(call->build));
	const nghttp2_nv timeout =
		GRPC_HEADER("grpc-timeout", call->timeout, strlen(call->timeout));
	const nghttp2_data_provider provider = { { .ptr = call }, give_message };
	size_t n = ARRAY_LEN(head) - 2;

	if (call->build[0] != '\0')
		head[n++] = build;
	if (call->timeout[0] != '\0')
		head[n++] = timeout;
	if (call->message.failed)
		return refuse_memory(r);
	call->engine_id =
		nghttp2_submit_request(call->grpc->engine.session, NULL, head, n, &provider, call);
	if (call->engine_id > 0)
		return 0;
	call->engine_id = GRPC_GONE;
	return refuse(r, 503, "the engine takes no more calls");
}

static int understand(struct grpc_call *call, struct refusal *r)
{
	struct exchange *x = call->grpc->x;
	const struct buildkit_call *row = buildkit_call_find(call->path);
	struct span message;

	call->job.row = row;
	if (row == NULL)
		return refuse(r, 501,
			"%.100s is not served: what is not of one's own build is everybody's",
			call->path);
	if (!call->is_post || !call->is_grpc)
		return refuse(r, 400, "%.100s: not a call of gRPC", call->path);
	if (unframe(call, &message, r) < 0)
		return -1;
	if (!row->of_build)
		call->build[0] = '\0';
	else if (buildkit_job_await_build(x, call->build, r) < 0)
		return -1;
	if (row->request == NULL)
		return 0;
	if (buildkit_job_begin(x, &call->job, call->build, message, r) < 0)
		return -1;
	text_add(&call->message, "\0\0\0\0\0", GRPC_PREFIX);
	if (buildkit_job_write(&call->job, &call->message) < 0)
		return refuse_memory(r);
	for (size_t i = 1, n = call->message.n - GRPC_PREFIX; i < GRPC_PREFIX; i++)
		call->message.s[i] = (char)(n >> (8 * (4 - i)));
	return 0;
}

/* ---- fibers ---- */

static void fiber_ends(struct grpc *g, struct grpc_call *call)
{
	call->fibers--;
	grpc_sides_flush(g);
	grpc_call_sweep(g);
	if (--g->fibers == 0)
		endpoint_poke(&g->quiet);
}

/* Of what we have changed in a build, the first step tells. */
static void say_note(struct grpc_call *call)
{
	own_text struct text note = { 0 };

	if (buildkit_job_note(call->grpc->x, &call->job, &note) == 0 && note.n > 0)
		grpc_answer_note(call, note.s, note.n);
}

static void carry_out(struct grpc_call *call)
{
	static const char serving[] = "\x08\x01"; /* HealthCheckResponse: SERVING */
	struct refusal r = { 0 };

	if (understand(call, &r) < 0) {
		/* Of a refused build there is nothing to tell: its Solve says why. */
		if (buildkit_job_follows_refused(call->grpc->x, &call->job))
			grpc_answer_code(call, GRPC_OK, "");
		else
			grpc_answer_refusal(call, &r);
		return;
	}
	say_note(call);
	grpc_call_request_release(call);
	if (call->job.row->answer == BUILDKIT_EMPTY)
		grpc_answer_message(call, "", 0);
	else if (call->job.row->answer == BUILDKIT_SERVING)
		grpc_answer_message(call, serving, sizeof(serving) - 1);
	else if (call->client_id > 0 && send_on(call, &r) < 0)
		grpc_answer_refusal(call, &r);
}

static void call_main(void *data)
{
	struct grpc_call *call = data;
	struct grpc *g = call->grpc;

	carry_out(call);
	fiber_ends(g, call);
}

/* The engine has said all of an answer that is written anew. */
static void answer_main(void *data)
{
	struct grpc_call *call = data;
	struct grpc *g = call->grpc;
	own_text struct text anew = { 0 };
	struct refusal r = { 0 };
	struct span message = { NULL, 0 };

	if (call->answer.n > GRPC_PREFIX)
		message =
			(struct span){ call->answer.s + GRPC_PREFIX, call->answer.n - GRPC_PREFIX };
	if (buildkit_job_end(g->x, &call->job, message, &anew, &r) < 0) {
		text_clear(&call->answer);
		grpc_answer_code(call, GRPC_UNAVAILABLE, r.reason);
	} else {
		text_clear(&call->answer);
		grpc_answer_message(call, anew.s, anew.n);
	}
	fiber_ends(g, call);
}

static void start(struct grpc_call *call, void (*fn)(void *data))
{
	struct grpc *g = call->grpc;

	call->fibers++;
	g->fibers++;
	if (fiber_start(&g->x->broker->loop, fn, call) == 0)
		return;
	call->fibers--;
	g->fibers--;
	grpc_answer_code(call, GRPC_RESOURCE_EXHAUSTED, "cofferdam: too much at once");
}

void grpc_fiber_carry_out(struct grpc_call *call)
{
	start(call, call_main);
}

void grpc_fiber_answer(struct grpc_call *call)
{
	start(call, answer_main);
}
