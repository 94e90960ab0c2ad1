#include "sandbox/broker/grpc_answer.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/buildkit_progress.h"
#include "sandbox/docker/engine_word.h"

#include <string.h>

static void submit_trailers(struct grpc_call *call)
{
	const nghttp2_nv trailers[] = {
		GRPC_HEADER("grpc-status", call->status.s, call->status.n),
		GRPC_HEADER("grpc-message", call->words.s, call->words.n),
		GRPC_HEADER("grpc-status-details-bin", call->details.s, call->details.n),
	};
	size_t n = call->details.n > 0 ? 3 : call->words.n > 0 ? 2 : 1;

	nghttp2_submit_trailer(call->grpc->client.session, call->client_id, trailers, n);
}

/* Only what the client has taken makes room for more of the engine's. */
void grpc_answer_taken(struct grpc_call *call, size_t n)
{
	nghttp2_session *engine = call->grpc->engine.session;
	size_t paid = n < call->prepaid ? n : call->prepaid;

	if (call->job.row == NULL || call->job.row->answer != BUILDKIT_RELAY)
		return; /* taken at once, when it came */
	call->prepaid -= paid;
	n -= paid;
	if (n == 0)
		return;
	if (call->engine_id > 0)
		nghttp2_session_consume(engine, call->engine_id, n);
	else
		nghttp2_session_consume_connection(engine, n);
}

/* nghttp2 asks for more of the answer. */
static ssize_t give_answer(nghttp2_session *session, int32_t id, uint8_t *ret, size_t n,
	uint32_t *flags, nghttp2_data_source *source, void *data)
{
	struct grpc_call *call = source->ptr;
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
		grpc_answer_taken(call, n);
	return (ssize_t)n;
}

static void submit_head(struct grpc_call *call)
{
	const nghttp2_nv head[] = {
		GRPC_HEADER(":status", "200", 3),
		GRPC_HEADER("content-type", "application/grpc", 16),
		GRPC_HEADER("buildkit-current-timestamp", call->time, strlen(call->time)),
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

void grpc_answer_more(struct grpc_call *call)
{
	submit_head(call);
	if (call->client_id > 0)
		nghttp2_session_resume_data(call->grpc->client.session, call->client_id);
}

/* One message of call->held, if it is whole: 1, 0, or -1 if it is none. */
static int progress_message(struct grpc_call *call)
{
	const unsigned char *s = (const unsigned char *)call->held.s;
	const char *root = call->grpc->x->broker->upstream.root;
	size_t n;

	if (call->held.n < GRPC_PREFIX)
		return 0;
	n = (size_t)s[1] << 24 | (size_t)s[2] << 16 | (size_t)s[3] << 8 | s[4];
	if (s[0] != 0 || n > GRPC_PROGRESS_BYTES)
		return -1;
	if (call->held.n - GRPC_PREFIX < n)
		return 0;
	if (!buildkit_progress_mask(call->held.s + GRPC_PREFIX, n, root))
		return -1;
	text_add(&call->answer, call->held.s, GRPC_PREFIX + n);
	text_cut(&call->held, GRPC_PREFIX + n);
	return call->answer.failed ? -1 : 1;
}

int grpc_answer_progress(struct grpc_call *call, int32_t id, const uint8_t *bytes, size_t n)
{
	int more;

	text_add(&call->held, (const char *)bytes, n);
	if (call->held.failed)
		return -1;
	while ((more = progress_message(call)) > 0)
		;
	/* The rest of a message comes only if there is room for it. */
	if (call->held.n > 0) {
		nghttp2_session_consume(call->grpc->engine.session, id, n);
		call->prepaid += n;
	}
	return more;
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

void grpc_answer_code(struct grpc_call *call, int code, const char *words)
{
	text_clear(&call->status);
	text_clear(&call->words);
	text_clear(&call->details);
	text_format(&call->status, "%d", code);
	encode_words(&call->words, words);
	call->ended = true;
	grpc_answer_more(call);
}

static void add_message(struct grpc_call *call, const char *bytes, size_t n)
{
	const char prefix[GRPC_PREFIX] = { 0, (char)(n >> 24), (char)(n >> 16), (char)(n >> 8),
		(char)n };

	text_add(&call->answer, prefix, sizeof(prefix));
	text_add(&call->answer, bytes, n);
}

void grpc_answer_message(struct grpc_call *call, const char *bytes, size_t n)
{
	add_message(call, bytes, n);
	grpc_answer_code(call, GRPC_OK, "");
}

/* What the client takes of it makes no room for the engine's. */
void grpc_answer_note(struct grpc_call *call, const char *bytes, size_t n)
{
	add_message(call, bytes, n);
	call->prepaid += GRPC_PREFIX + n;
	grpc_answer_more(call);
}

static int code_of(const struct refusal *r)
{
	static const struct {
		int status, code;
	} rows[] = { { 400, GRPC_INVALID_ARGUMENT }, { 403, GRPC_PERMISSION_DENIED },
		{ 404, GRPC_NOT_FOUND }, { 409, GRPC_ALREADY_EXISTS },
		{ 413, GRPC_RESOURCE_EXHAUSTED }, { 429, GRPC_RESOURCE_EXHAUSTED },
		{ 501, GRPC_UNIMPLEMENTED } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == r->status)
			return rows[i].code;
	return GRPC_UNAVAILABLE;
}

void grpc_answer_refusal(struct grpc_call *call, const struct refusal *r)
{
	char words[sizeof(r->reason) + 16];

	exchange_note_refusal(call->grpc->x->broker, "POST", call->path, NULL, r);
	snprintf(words, sizeof(words), "cofferdam: %s", r->reason);
	grpc_answer_code(call, code_of(r), words);
}

#define FRONTEND                                                                                   \
	" (cofferdam: the engine's own frontend reads the Dockerfile, whatever # syntax= says)"

void grpc_answer_hint(struct grpc_call *call)
{
	static const struct {
		const char *said, *hint;
	} rows[] = {
		{ "denied by policy",
			" (cofferdam: --docker-base PATTERN grants an image that the engine has, "
			"--docker-pull PATTERN one of a registry)" },
		{ "unknown flag", FRONTEND },
		{ "unknown instruction", FRONTEND },
	};

	if (call->words.n > 0 &&
		engine_word_hide_paths(call->words.s, call->grpc->x->broker->upstream.root)) {
		call->words.n = strlen(call->words.s);
		text_clear(&call->details); /* they have the words as they were */
	}
	if (call->words.n == 0 || strstr(call->words.s, "cofferdam") != NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(call->words.s, rows[i].said) != NULL) {
			encode_words(&call->words, rows[i].hint);
			text_clear(&call->details); /* they have the words without it */
			return;
		}
}
