/* Three kinds of fibers: one reads the client, one the engine, and each call has one
 * while it is checked, and again when its answer is written anew. nghttp2's callbacks only note
 * what came; whatever may wait happens in a fiber. Nothing of a call is touched once neither
 * side's stream of it is open and no fiber works on it: then it is freed. */
#include "sandbox/broker/buildkit_grpc.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/buildkit_job.h"

#include <nghttp2/nghttp2.h>
#include <string.h>

#define FLUSH_BYTES     (256 * 1024)
#define GONE            (-1) /* of a stream's id */
#define PREFIX          5    /* of a message: a flag and its length */

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

enum grpc_code {
	CODE_OK = 0,
	CODE_INVALID_ARGUMENT = 3,
	CODE_NOT_FOUND = 5,
	CODE_ALREADY_EXISTS = 6,
	CODE_PERMISSION_DENIED = 7,
	CODE_RESOURCE_EXHAUSTED = 8,
	CODE_UNIMPLEMENTED = 12,
	CODE_UNAVAILABLE = 14,
};

struct side {
	struct grpc *grpc;
	nghttp2_session *session;
	struct stream *stream;
	bool flushing, again;
};

struct call {
	struct call *next;
	struct grpc *grpc;
	int32_t client_id, engine_id; /* 0: not yet; GONE */
	unsigned fibers;              /* that work on it */
	/* the request */
	char path[128], build[65], timeout[24];
	bool is_post, is_grpc;
	size_t header_bytes;
	struct text request;
	size_t counted; /* of it, among the bytes of all connections */
	bool complete, begun, overflowed, crowded;
	struct buildkit_job job;
	struct text message; /* as it goes to the engine */
	size_t message_at;
	/* the answer */
	struct text answer; /* as it goes to the client, from answer_at on */
	size_t answer_at;
	char time[48];
	struct text status, words, details; /* grpc-status, grpc-message, grpc-status-details-bin */
	bool headed;                        /* the client has the headers of it */
	bool ended;                         /* nothing more will be added */
};

struct grpc {
	struct exchange *x;
	struct side client, engine;
	struct call *calls;
	size_t calls_n;
	unsigned fibers;
	struct endpoint quiet; /* no fiber is left but the first */
	bool over;
};

/* ---- calls ---- */

static struct call *call_new(struct grpc *g, int32_t client_id)
{
	struct call *call = g->calls_n < GRPC_CALLS ? calloc(1, sizeof(*call)) : NULL;

	if (call == NULL)
		return NULL;
	call->grpc = g;
	call->client_id = client_id;
	call->next = g->calls;
	g->calls = call;
	g->calls_n++;
	return call;
}

/* The bytes of a request are ours from its first one on until it is understood. */
static bool request_add(struct call *call, const uint8_t *bytes, size_t n)
{
	struct buildkit *buildkit = &call->grpc->x->broker->buildkit;

	if (buildkit->request_bytes + n > GRPC_ALL_REQUEST_BYTES)
		return false;
	buildkit->request_bytes += n;
	call->counted += n;
	text_add(&call->request, (const char *)bytes, n);
	return true;
}

static void request_release(struct call *call)
{
	call->grpc->x->broker->buildkit.request_bytes -= call->counted;
	call->counted = 0;
	text_release(&call->request);
}

static void call_free(struct call *call)
{
	buildkit_job_release(&call->job);
	request_release(call);
	text_release(&call->message);
	text_release(&call->answer);
	text_release(&call->status);
	text_release(&call->words);
	text_release(&call->details);
	free(call);
}

static void sweep(struct grpc *g)
{
	for (struct call **at = &g->calls; *at != NULL;) {
		struct call *call = *at;

		if (call->client_id != GONE || call->engine_id > 0 || call->fibers > 0) {
			at = &call->next;
			continue;
		}
		*at = call->next;
		g->calls_n--;
		call_free(call);
	}
}

static void end(struct grpc *g)
{
	g->over = true;
	stream_break(g->client.stream);
	stream_break(g->engine.stream);
}

/* ---- what goes out ---- */

static size_t side_write(struct side *side)
{
	own_text struct text out = { 0 };
	const uint8_t *bytes;
	ssize_t n = 0;

	while (out.n < FLUSH_BYTES && (n = nghttp2_session_mem_send(side->session, &bytes)) > 0)
		text_add(&out, (const char *)bytes, (size_t)n);
	if (n < 0 || out.failed || (out.n > 0 && stream_write(side->stream, out.s, out.n) < 0)) {
		end(side->grpc);
		return 0;
	}
	return out.n;
}

/* One fiber at a time writes to a side; whoever comes meanwhile leaves it more to write. */
static size_t side_flush(struct side *side)
{
	size_t written, sum = 0;

	side->again = true;
	if (side->flushing)
		return 0;
	side->flushing = true;
	while (side->again && !side->grpc->over) {
		side->again = false;
		while (!side->grpc->over && (written = side_write(side)) > 0)
			sum += written;
	}
	side->flushing = false;
	return sum;
}

/* What one side takes may open the other one's window. */
static void flush(struct grpc *g)
{
	while (!g->over && side_flush(&g->client) + side_flush(&g->engine) > 0)
		;
}

/* ---- answers ---- */

#define HEADER(name, value, length)                                                                \
	{                                                                                          \
		(uint8_t *)(name), (uint8_t *)(value), sizeof(name) - 1, length,                   \
			NGHTTP2_NV_FLAG_NONE                                                       \
	}

static void submit_trailers(struct call *call)
{
	const nghttp2_nv trailers[] = {
		HEADER("grpc-status", call->status.s, call->status.n),
		HEADER("grpc-message", call->words.s, call->words.n),
		HEADER("grpc-status-details-bin", call->details.s, call->details.n),
	};
	size_t n = call->details.n > 0 ? 3 : call->words.n > 0 ? 2 : 1;

	nghttp2_submit_trailer(call->grpc->client.session, call->client_id, trailers, n);
}

/* Only what the client has taken makes room for more of the engine's. */
static void taken(struct call *call, size_t n)
{
	nghttp2_session *engine = call->grpc->engine.session;

	if (call->job.row == NULL || call->job.row->answer != BUILDKIT_RELAY)
		return; /* taken at once, when it came */
	if (call->engine_id > 0)
		nghttp2_session_consume(engine, call->engine_id, n);
	else
		nghttp2_session_consume_connection(engine, n);
}

/* nghttp2 asks for more of the answer. */
static ssize_t give_answer(nghttp2_session *session, int32_t id, uint8_t *ret, size_t n,
	uint32_t *flags, nghttp2_data_source *source, void *data)
{
	struct call *call = source->ptr;
	size_t have = call->answer.n - call->answer_at;

	(void)session;
	(void)id;
	(void)data;
	if (have == 0 && !call->ended)
		return NGHTTP2_ERR_DEFERRED;
	n = n < have ? n : have;
	if (n > 0)
		memcpy(ret, call->answer.s + call->answer_at, n);
	call->answer_at += n;
	call->grpc->x->broker->counters->to_builder_bytes += n;
	if (call->answer_at == call->answer.n) {
		text_clear(&call->answer);
		call->answer_at = 0;
		if (call->ended) {
			*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
			submit_trailers(call);
		}
	}
	if (n > 0)
		taken(call, n);
	return (ssize_t)n;
}

static void submit_head(struct call *call)
{
	const nghttp2_nv head[] = {
		HEADER(":status", "200", 3),
		HEADER("content-type", "application/grpc", 16),
		HEADER("buildkit-current-timestamp", call->time, strlen(call->time)),
	};
	const nghttp2_data_provider provider = { { .ptr = call }, give_answer };

	if (call->headed || call->client_id <= 0)
		return;
	call->headed = true;
	if (nghttp2_submit_response(call->grpc->client.session, call->client_id, head,
		    call->time[0] != '\0' ? 3 : 2, &provider) != 0)
		nghttp2_submit_rst_stream(call->grpc->client.session, NGHTTP2_FLAG_NONE,
			call->client_id, NGHTTP2_INTERNAL_ERROR);
}

static void more_answer(struct call *call)
{
	submit_head(call);
	if (call->client_id > 0)
		nghttp2_session_resume_data(call->grpc->client.session, call->client_id);
}

/* grpc-message: everything but printable ASCII is percent-encoded. */
static void encode_words(struct text *ret, const char *words)
{
	for (const char *p = words; *p != '\0'; p++)
		if (*p >= ' ' && *p <= '~' && *p != '%')
			text_add(ret, p, 1);
		else
			text_format(ret, "%%%02X", (unsigned char)*p);
}

static void answer_code(struct call *call, int code, const char *words)
{
	text_clear(&call->status);
	text_clear(&call->words);
	text_clear(&call->details);
	text_format(&call->status, "%d", code);
	encode_words(&call->words, words);
	call->ended = true;
	more_answer(call);
}

static void answer_message(struct call *call, const char *bytes, size_t n)
{
	const char prefix[PREFIX] = { 0, (char)(n >> 24), (char)(n >> 16), (char)(n >> 8),
		(char)n };

	text_add(&call->answer, prefix, sizeof(prefix));
	text_add(&call->answer, bytes, n);
	answer_code(call, CODE_OK, "");
}

static int code_of(const struct refusal *r)
{
	static const struct {
		int status, code;
	} rows[] = { { 400, CODE_INVALID_ARGUMENT }, { 403, CODE_PERMISSION_DENIED },
		{ 404, CODE_NOT_FOUND }, { 409, CODE_ALREADY_EXISTS },
		{ 413, CODE_RESOURCE_EXHAUSTED }, { 429, CODE_RESOURCE_EXHAUSTED },
		{ 501, CODE_UNIMPLEMENTED } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == r->status)
			return rows[i].code;
	return CODE_UNAVAILABLE;
}

static void answer_refusal(struct call *call, const struct refusal *r)
{
	char words[sizeof(r->reason) + 16];

	exchange_note_refusal(call->grpc->x->broker, "POST", call->path, NULL, r);
	snprintf(words, sizeof(words), "cofferdam: %s", r->reason);
	answer_code(call, code_of(r), words);
}

/* ---- the request, checked and on its way ---- */

/* Exactly one message, not compressed. */
static int unframe(const struct call *call, struct span *ret, struct refusal *r)
{
	const unsigned char *s = (const unsigned char *)call->request.s;
	size_t n;

	if (call->crowded)
		return refuse(
			r, 429, "requests of more than %d bytes at once", GRPC_ALL_REQUEST_BYTES);
	if (call->overflowed || call->request.failed)
		return refuse(r, 413, "a request of more than %d bytes", GRPC_REQUEST_BYTES);
	if (call->request.n < PREFIX)
		return refuse(r, 400, "a call without its message");
	if (s[0] != 0)
		return refuse(r, 501, "compressed messages are not read");
	n = (size_t)s[1] << 24 | (size_t)s[2] << 16 | (size_t)s[3] << 8 | s[4];
	if (n != call->request.n - PREFIX)
		return refuse(r, 400, "a call of other than one message");
	*ret = (struct span){ call->request.s + PREFIX, n };
	return 0;
}

static ssize_t give_message(nghttp2_session *session, int32_t id, uint8_t *ret, size_t n,
	uint32_t *flags, nghttp2_data_source *source, void *data)
{
	struct call *call = source->ptr;
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

static int send_on(struct call *call, struct refusal *r)
{
	nghttp2_nv head[] = {
		HEADER(":method", "POST", 4),
		HEADER(":scheme", "http", 4),
		HEADER(":path", call->path, strlen(call->path)),
		HEADER(":authority", "localhost", 9),
		HEADER("content-type", "application/grpc", 16),
		HEADER("te", "trailers", 8),
		HEADER("user-agent", "cofferdam", 9),
		HEADER("", "", 0),
		HEADER("", "", 0),
	};
	const nghttp2_nv build =
		HEADER("buildkit-controlapi-buildid", call->build, strlen(call->build));
	const nghttp2_nv timeout = HEADER("grpc-timeout", call->timeout, strlen(call->timeout));
	const nghttp2_data_provider provider = { { .ptr = call }, give_message };
	size_t n = ARRAY_LEN(head) - 2;

	if (call->build[0] != '\0')
		head[n++] = build;
	if (call->timeout[0] != '\0')
		head[n++] = timeout;
	if (call->message.failed)
		return refuse(r, 503, "out of memory");
	call->engine_id =
		nghttp2_submit_request(call->grpc->engine.session, NULL, head, n, &provider, call);
	if (call->engine_id > 0)
		return 0;
	call->engine_id = GONE;
	return refuse(r, 503, "the engine takes no more calls");
}

static int understand(struct call *call, struct refusal *r)
{
	struct exchange *x = call->grpc->x;
	const struct buildkit_call *row = buildkit_call_find(call->path);
	struct span message;

	call->job.row = row;
	if (row == NULL)
		return refuse(r, 501, "%.100s is not served", call->path);
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
	text_add(&call->message, "\0\0\0\0\0", PREFIX);
	if (buildkit_job_write(&call->job, &call->message) < 0)
		return refuse(r, 503, "the request does not fit into memory");
	for (size_t i = 1, n = call->message.n - PREFIX; i < PREFIX; i++)
		call->message.s[i] = (char)(n >> (8 * (4 - i)));
	return 0;
}

static void fiber_ends(struct grpc *g, struct call *call)
{
	call->fibers--;
	flush(g);
	sweep(g);
	if (--g->fibers == 0)
		endpoint_poke(&g->quiet);
}

static void carry_out(struct call *call)
{
	static const char serving[] = "\x08\x01"; /* HealthCheckResponse: SERVING */
	struct refusal r = { 0 };

	if (understand(call, &r) < 0) {
		answer_refusal(call, &r);
		return;
	}
	request_release(call);
	if (call->job.row->answer == BUILDKIT_EMPTY)
		answer_message(call, "", 0);
	else if (call->job.row->answer == BUILDKIT_SERVING)
		answer_message(call, serving, sizeof(serving) - 1);
	else if (call->client_id > 0 && send_on(call, &r) < 0)
		answer_refusal(call, &r);
}

static void call_main(void *data)
{
	struct call *call = data;
	struct grpc *g = call->grpc;

	carry_out(call);
	fiber_ends(g, call);
}

/* The engine has said all of an answer that is written anew. */
static void answer_main(void *data)
{
	struct call *call = data;
	struct grpc *g = call->grpc;
	own_text struct text anew = { 0 };
	struct refusal r = { 0 };
	struct span message = { NULL, 0 };

	if (call->answer.n > PREFIX)
		message = (struct span){ call->answer.s + PREFIX, call->answer.n - PREFIX };
	if (buildkit_job_end(g->x, &call->job, message, &anew, &r) < 0) {
		text_clear(&call->answer);
		answer_code(call, CODE_UNAVAILABLE, r.reason);
	} else {
		text_clear(&call->answer);
		answer_message(call, anew.s, anew.n);
	}
	fiber_ends(g, call);
}

static void start(struct call *call, void (*fn)(void *data))
{
	struct grpc *g = call->grpc;

	call->fibers++;
	g->fibers++;
	if (fiber_start(&g->x->broker->loop, fn, call) == 0)
		return;
	call->fibers--;
	g->fibers--;
	answer_code(call, CODE_RESOURCE_EXHAUSTED, "cofferdam: too much at once");
}

/* ---- nghttp2 says: of the client ---- */

static bool name_is(const uint8_t *name, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(name, word, n) == 0;
}

static void take(char *ret, size_t size, const uint8_t *value, size_t n)
{
	if (n < size) /* what is longer is nothing that we know */
		memcpy(ret, value, n);
	ret[n < size ? n : 0] = '\0';
}

static int client_begins(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
	struct side *side = data;
	struct call *call;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	call = call_new(side->grpc, frame->hd.stream_id);
	if (call == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* the stream is reset */
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
	return 0;
}

static int client_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *data)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)flags;
	(void)data;
	if (call == NULL)
		return 0;
	call->header_bytes += name_n + value_n + 32;
	if (call->header_bytes > GRPC_HEADER_BYTES)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (name_is(name, name_n, ":path"))
		take(call->path, sizeof(call->path), value, value_n);
	else if (name_is(name, name_n, ":method"))
		call->is_post = name_is(value, value_n, "POST");
	else if (name_is(name, name_n, "content-type"))
		call->is_grpc = name_is(value, value_n, "application/grpc") ||
				name_is(value, value_n, "application/grpc+proto");
	else if (name_is(name, name_n, "buildkit-controlapi-buildid"))
		take(call->build, sizeof(call->build), value, value_n);
	else if (name_is(name, name_n, "grpc-timeout"))
		take(call->timeout, sizeof(call->timeout), value, value_n);
	return 0;
}

static int client_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
	size_t n, void *data)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)data;
	if (call == NULL || call->overflowed || call->crowded)
		return 0;
	call->overflowed = call->request.n + n > GRPC_REQUEST_BYTES + PREFIX;
	call->crowded = !call->overflowed && !request_add(call, bytes, n);
	if (call->overflowed || call->crowded)
		request_release(call);
	return 0;
}

static int client_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
	struct call *call;

	(void)data;
	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (call != NULL)
		call->complete = true;
	return 0;
}

static int client_closes(nghttp2_session *session, int32_t id, uint32_t code, void *data)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, id);
	struct side *side = data;

	(void)code;
	if (call == NULL)
		return 0;
	call->client_id = GONE;
	if (call->answer.n > call->answer_at)
		taken(call, call->answer.n - call->answer_at);
	text_clear(&call->answer);
	call->answer_at = 0;
	if (call->engine_id > 0)
		nghttp2_submit_rst_stream(side->grpc->engine.session, NGHTTP2_FLAG_NONE,
			call->engine_id, NGHTTP2_CANCEL);
	return 0;
}

/* ---- nghttp2 says: of the engine ---- */

static int engine_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *data)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	struct text *to = NULL;

	(void)flags;
	(void)data;
	if (call == NULL)
		return 0;
	if (name_is(name, name_n, "grpc-status"))
		to = &call->status;
	else if (name_is(name, name_n, "grpc-message"))
		to = &call->words;
	else if (name_is(name, name_n, "grpc-status-details-bin"))
		to = &call->details;
	else if (name_is(name, name_n, "buildkit-current-timestamp"))
		take(call->time, sizeof(call->time), value, value_n);
	if (to == NULL || value_n > GRPC_HEADER_BYTES)
		return 0;
	text_clear(to);
	text_add(to, (const char *)value, value_n);
	return 0;
}

static int engine_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
	size_t n, void *data)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, id);
	bool relayed = call != NULL && call->job.row->answer == BUILDKIT_RELAY;

	(void)flags;
	(void)data;
	if (!relayed || call->client_id == GONE)
		nghttp2_session_consume(session, id, n);
	if (call == NULL || call->client_id == GONE)
		return 0;
	if (!relayed && call->answer.n + n > GRPC_ANSWER_BYTES)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	text_add(&call->answer, (const char *)bytes, n);
	if (relayed)
		more_answer(call);
	return 0;
}

static int engine_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
	struct call *call;

	(void)data;
	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (call != NULL && call->job.row->answer == BUILDKIT_RELAY &&
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		more_answer(call);
	return 0;
}

static int engine_closes(nghttp2_session *session, int32_t id, uint32_t code, void *data)
{
	struct call *call = nghttp2_session_get_stream_user_data(session, id);

	(void)data;
	if (call == NULL)
		return 0;
	call->engine_id = GONE;
	if (code != NGHTTP2_NO_ERROR || call->status.n == 0) {
		answer_code(call, CODE_UNAVAILABLE, "cofferdam: the engine gave up the call");
		buildkit_job_broken(call->grpc->x, &call->job);
	} else if (call->job.row->answer == BUILDKIT_RELAY || strcmp(call->status.s, "0") != 0) {
		if (call->job.row->answer != BUILDKIT_RELAY)
			text_clear(&call->answer);
		call->ended = true;
		more_answer(call);
		buildkit_job_broken(call->grpc->x, &call->job);
	} else {
		start(call, answer_main);
	}
	return 0;
}

/* ---- the connection ---- */

static void limit_floods(nghttp2_option *option)
{
	nghttp2_option_set_max_outbound_ack(option, 100);
	nghttp2_option_set_max_settings(option, 32);
	if (nghttp2_option_set_stream_reset_rate_limit != NULL)
		nghttp2_option_set_stream_reset_rate_limit(option, RESETS, RESETS_A_SECOND);
	if (nghttp2_option_set_max_continuations != NULL)
		nghttp2_option_set_max_continuations(option, CONTINUATIONS);
}

static int side_open(struct side *side, struct grpc *g, struct stream *stream, bool is_server)
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
		nghttp2_session_callbacks_set_on_begin_headers_callback(
			callbacks, is_server ? client_begins : NULL);
		nghttp2_session_callbacks_set_on_header_callback(
			callbacks, is_server ? client_header : engine_header);
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
			callbacks, is_server ? client_data : engine_data);
		nghttp2_session_callbacks_set_on_frame_recv_callback(
			callbacks, is_server ? client_frame : engine_frame);
		nghttp2_session_callbacks_set_on_stream_close_callback(
			callbacks, is_server ? client_closes : engine_closes);
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
	for (struct call *call = g->calls; call != NULL; call = call->next)
		if (call->complete && !call->begun) {
			call->begun = true;
			start(call, call_main);
		}
}

/* nghttp2 has said GOAWAY, and would only ignore what still comes. */
static bool is_done(const struct side *side)
{
	return nghttp2_session_want_read(side->session) == 0 &&
	       nghttp2_session_want_write(side->session) == 0;
}

static void side_read(struct side *side)
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
		flush(g);
		sweep(g);
		fiber_yield(&g->x->broker->loop);
	}
	flush(g); /* a GOAWAY that says why */
	end(g);
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
	for (struct call *call = g->calls, *next; call != NULL; call = next) {
		next = call->next;
		buildkit_job_broken(g->x, &call->job);
		call_free(call);
	}
}

void grpc_serve(struct exchange *x)
{
	struct grpc g = { .x = x, .quiet = { .fd = -1 } };

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
	end(&g);
	grpc_release(&g);
	x->client->cancel_on = NULL;
}
