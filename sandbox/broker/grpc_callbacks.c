/* nghttp2 says what came, of either side; who does something about it is a fiber (grpc_fiber.c) or
 * the reader of the side (grpc.c). A call is moved by these:
 *
 *   client_begins    a call is there, up to GRPC_CALLS of them
 *   client_header    what of its metadata is known; the rest is dropped
 *   client_data      its request, up to the limits of grpc_call.h
 *   client_frame     complete: begin_calls() starts a fiber for it
 *   engine_header    status, words and time of the answer
 *   engine_data      relayed as it comes, or kept until it can be written anew
 *   engine_closes    the end: relayed, or another fiber for what is written anew
 *   client_closes    nobody listens any more: the engine's stream is cancelled */
#include "sandbox/broker/grpc_callbacks.h"

#include "sandbox/broker/grpc_answer.h"
#include "sandbox/broker/grpc_fiber.h"
#include "sandbox/docker/buildkit_message.h"

#include <string.h>

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

/* ---- of the client ---- */

static int client_begins(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
	struct grpc_side *side = data;
	struct grpc_call *call;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	call = grpc_call_new(side->grpc, frame->hd.stream_id);
	if (call == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* the stream is reset */
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
	return 0;
}

static int client_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *data)
{
	struct grpc_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

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
	struct grpc_call *call = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)data;
	if (call == NULL || call->overflowed || call->crowded)
		return 0;
	call->overflowed = call->request.n + n > GRPC_REQUEST_BYTES + GRPC_PREFIX;
	call->crowded = !call->overflowed && !grpc_call_add(call, bytes, n);
	if (call->overflowed || call->crowded)
		grpc_call_request_release(call);
	return 0;
}

static int client_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
	struct grpc_call *call;

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
	struct grpc_call *call = nghttp2_session_get_stream_user_data(session, id);
	struct grpc_side *side = data;

	(void)code;
	if (call == NULL)
		return 0;
	call->client_id = GRPC_GONE;
	if (call->answer.n > call->answer_at)
		grpc_answer_taken(call, call->answer.n - call->answer_at);
	text_clear(&call->answer);
	call->answer_at = 0;
	if (call->engine_id > 0)
		nghttp2_submit_rst_stream(side->grpc->engine.session, NGHTTP2_FLAG_NONE,
			call->engine_id, NGHTTP2_CANCEL);
	return 0;
}

/* ---- of the engine ---- */

static int engine_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *data)
{
	struct grpc_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
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
	struct grpc_call *call = nghttp2_session_get_stream_user_data(session, id);
	bool relayed = call != NULL && call->job.row->answer == BUILDKIT_RELAY;

	(void)flags;
	(void)data;
	if (!relayed || call->client_id == GRPC_GONE)
		nghttp2_session_consume(session, id, n);
	if (call == NULL || call->client_id == GRPC_GONE)
		return 0;
	if (!relayed && call->answer.n + n > GRPC_ANSWER_BYTES)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (call->job.row->request != &buildkit_status_request)
		text_add(&call->answer, (const char *)bytes, n);
	else if (grpc_answer_progress(call, id, bytes, n) < 0)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (relayed)
		grpc_answer_more(call);
	return 0;
}

static int engine_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
	struct grpc_call *call;

	(void)data;
	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (call != NULL && call->job.row->answer == BUILDKIT_RELAY &&
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		grpc_answer_more(call);
	return 0;
}

static int engine_closes(nghttp2_session *session, int32_t id, uint32_t code, void *data)
{
	struct grpc_call *call = nghttp2_session_get_stream_user_data(session, id);

	(void)data;
	if (call == NULL)
		return 0;
	call->engine_id = GRPC_GONE;
	if (code != NGHTTP2_NO_ERROR || call->status.n == 0) {
		grpc_answer_code(call, GRPC_UNAVAILABLE, "cofferdam: the engine gave up the call");
		buildkit_job_broken(call->grpc->x, &call->job);
	} else if (call->job.row->answer == BUILDKIT_RELAY || strcmp(call->status.s, "0") != 0) {
		if (call->job.row->answer != BUILDKIT_RELAY)
			text_clear(&call->answer);
		grpc_answer_hint(call);
		call->ended = true;
		grpc_answer_more(call);
		buildkit_job_broken(call->grpc->x, &call->job);
	} else {
		grpc_fiber_answer(call);
	}
	return 0;
}

void grpc_callbacks_set(nghttp2_session_callbacks *callbacks, bool is_server)
{
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
}
