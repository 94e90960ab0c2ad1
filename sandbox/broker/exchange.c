#include "sandbox/broker/exchange.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/broker/sink.h"
#include "sandbox/docker/engine_word.h"
#include "sandbox/docker/http_status.h"

#include <string.h>
#include <sys/socket.h>

#define MOVES 16 /* before the others have a turn */

/* ---- answers ---- */

int exchange_head(struct exchange *x, int status, const char *content_type, bool chunked,
	uint64_t length, const char *more_headers)
{
	own_text struct text head = { 0 };

	text_format(&head, "HTTP/1.1 %d %s\r\n", status, http_status_phrase(status));
	text_format(&head, "Api-Version: 1.%u\r\nServer: cofferdam\r\n", x->broker->upstream.minor);
	if (content_type != NULL && content_type[0] != '\0')
		text_format(&head, "Content-Type: %s\r\n", content_type);
	if (more_headers != NULL)
		text_word(&head, more_headers);
	if (!x->keep)
		text_word(&head, "Connection: close\r\n");
	if (chunked && x->request.old)
		; /* up to the end of the connection */
	else if (chunked)
		text_word(&head, "Transfer-Encoding: chunked\r\n");
	else if (status != 204 && status != 304)
		text_format(&head, "Content-Length: %llu\r\n", (unsigned long long)length);
	text_word(&head, "\r\n");
	if (head.failed)
		return refuse_memory(&x->refusal);
	x->begun = true;
	x->broker->counters->to_builder_bytes += head.n;
	return stream_write(x->client, head.s, head.n);
}

static int write_whole(struct exchange *x, int status, const char *type, const char *s, size_t n)
{
	if (exchange_head(x, status, type, false, n, NULL) < 0)
		return -1;
	if (!x->writes_body)
		return 0;
	x->broker->counters->to_builder_bytes += n;
	return stream_write(x->client, s, n);
}

int exchange_json(struct exchange *x, int status, const cJSON *json)
{
	own_mem char *text = cJSON_PrintUnformatted(json);

	if (text == NULL)
		return refuse_memory(&x->refusal);
	return write_whole(x, status, "application/json", text, strlen(text));
}

int exchange_error(struct exchange *x, int status, const char *message)
{
	cJSON *json = cJSON_CreateObject();
	int result;

	if (cJSON_AddStringToObject(json, "message", message) != NULL)
		result = exchange_json(x, status, json);
	else
		result = refuse_memory(&x->refusal);
	cJSON_Delete(json);
	return result;
}

void exchange_note_refusal(struct broker *b, const char *method, const char *path,
	const struct route *route, const struct refusal *r)
{
	struct control control = { .type = CONTROL_REFUSED, .count = (uint32_t)r->status };
	struct failure unsent;

	if (route != NULL)
		b->counters->refused[route - routes]++;
	else
		b->counters->refused_elsewhere++;
	snprintf(control.refused.method, sizeof(control.refused.method), "%s", method);
	snprintf(control.refused.path, sizeof(control.refused.path), "%s", path);
	snprintf(control.refused.reason, sizeof(control.refused.reason), "%s", r->reason);
	failure_sanitize(control.refused.path);
	if (packet_send(b->control.fd, &control, sizeof(control), NULL, MSG_DONTWAIT, &unsent) < 0)
		b->counters->messages_lost++;
}

void exchange_note_change(struct exchange *x, const char *words)
{
	struct control control = { .type = CONTROL_CHANGED };
	struct failure unsent;
	size_t used = 0;

	snprintf(control.refused.method, sizeof(control.refused.method), "%s",
		http_method_name(x->request.method));
	for (size_t i = 0; i < x->target.segments_n && used < sizeof(control.refused.path); i++)
		used += (size_t)snprintf(control.refused.path + used,
			sizeof(control.refused.path) - used, "/%s", x->target.segments[i]);
	snprintf(control.refused.reason, sizeof(control.refused.reason), "%s", words);
	failure_sanitize(control.refused.path);
	failure_sanitize(control.refused.reason);
	if (packet_send(x->broker->control.fd, &control, sizeof(control), NULL, MSG_DONTWAIT,
		    &unsent) < 0)
		x->broker->counters->messages_lost++;
}

/* ---- towards the engine ---- */

enum object_kind exchange_kind(const struct exchange *x)
{
	return strcmp(x->target.segments[0], "networks") == 0  ? OBJECT_NETWORK
	       : strcmp(x->target.segments[0], "volumes") == 0 ? OBJECT_VOLUME
							       : OBJECT_CONTAINER;
}

int exchange_forward(struct exchange *x, const struct upstream_request *request)
{
	struct endpoint *cancel_on = x->makes ? NULL : &x->client->end;

	if (upstream_connect(&x->broker->upstream, &x->engine, cancel_on, &x->refusal) < 0)
		return -1;
	if (upstream_send(&x->broker->upstream, &x->engine, request, &x->refusal) < 0)
		return -1;
	if (request->chunked)
		return 0; /* the body comes first */
	return upstream_receive(&x->engine, request->method, &x->head, &x->answer, &x->refusal);
}

/* The template with the placeholder's object in it. */
int exchange_path(struct exchange *x, struct text *ret)
{
	const char *template = x->match.route->path, *open = strchr(template, '{');

	if (open == NULL) {
		text_word(ret, template);
	} else {
		text_add(ret, template, (size_t)(open - template));
		text_encode(ret, x->id[0] != '\0' ? x->id : x->match.name, true);
		text_word(ret, strchr(open, '}') + 1);
	}
	if (x->query.n > 0)
		text_format(ret, "?%s", x->query.s);
	return ret->failed ? refuse_memory(&x->refusal) : 0;
}

int exchange_forward_route(struct exchange *x)
{
	own_text struct text path = { 0 };
	struct upstream_request request = {
		.method = x->match.route->method,
		.content_type = x->has_json ? "application/json" : NULL,
		.body = x->has_json ? &x->json : NULL,
	};

	if (exchange_path(x, &path) < 0)
		return -1;
	request.path = path.s;
	return exchange_forward(x, &request);
}

static int relay_body(struct exchange *x, struct sink *sink)
{
	uint64_t moved;

	for (unsigned turn = 1;; turn++) {
		if (sink_move(sink, &x->answer, UINT64_MAX, &moved, &x->refusal) < 0)
			return -1;
		if (moved == 0)
			return 0;
		x->broker->counters->to_builder_bytes += moved;
		if (turn % MOVES == 0)
			fiber_yield(&x->broker->loop);
	}
}

/* The one header of an answer that clients read besides those of the body. */
static const char *path_stat(const struct exchange *x, struct text *ret)
{
	if (x->head.path_stat[0] == '\0')
		return NULL;
	text_format(ret, "X-Docker-Container-Path-Stat: %s\r\n", x->head.path_stat);
	return ret->failed ? NULL : ret->s;
}

/* Ids of others stand in some of the engine's errors ("the name is in use by container …"). */
static void scrub_ids(const struct broker *b, char *s)
{
	static const char digits[] = "0123456789abcdef";

	while (*(s += strcspn(s, digits)) != '\0') {
		size_t n = strspn(s, digits);

		if (n >= 12 && !ownership_knows(&b->own, s, n))
			memset(s, '.', n);
		s += n;
	}
}

bool exchange_hide_paths(struct exchange *x, char *words)
{
	if (words == NULL || strchr(words, '/') == NULL)
		return false;
	return engine_word_hide_paths(words, upstream_root(&x->broker->upstream, &x->client->end));
}

/* The engine was asked by the id, the client has asked by a name. */
static void say_name(const struct exchange *x, const char *message, struct text *ret)
{
	const char *id = x->match.place != PLACE_IMAGE ? x->id : "", *at;

	while (id[0] != '\0' && (at = strstr(message, id)) != NULL) {
		text_add(ret, message, (size_t)(at - message));
		text_word(ret, x->match.name);
		message = at + strlen(id);
	}
	text_word(ret, message);
}

int exchange_engine_error(struct exchange *x, int status, const cJSON *json)
{
	own_mem char *message = strdup(json_text(json, "message"));
	own_text struct text words = { 0 };

	if (message == NULL)
		return refuse_memory(&x->refusal);
	exchange_hide_paths(x, message);
	scrub_ids(x->broker, message);
	say_name(x, message[0] != '\0' ? message : "the engine refused", &words);
	return words.failed ? refuse_memory(&x->refusal) : exchange_error(x, status, words.s);
}

static int relay_error(struct exchange *x)
{
	cJSON *json = NULL;
	int result;

	if (exchange_collect(x, &json) < 0)
		return -1;
	result = exchange_engine_error(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

int exchange_relay(struct exchange *x)
{
	bool known = x->head.framing == FRAMING_LENGTH || x->head.framing == FRAMING_NONE;
	struct sink sink = {
		.to = x->client, .chunked = !known && !x->request.old, .pipe = { -1, -1 }
	};
	own_text struct text more = { 0 };
	int result;

	if (x->head.status == 101) /* nobody asked for it */
		return exchange_error(x, 502, "the engine switched protocols unasked");
	if (x->head.status >= 400 && x->writes_body)
		return relay_error(x);
	if (exchange_head(x, x->head.status, x->head.content_type, !known, x->head.length,
		    path_stat(x, &more)) < 0)
		return -1;
	result = x->head.framing == FRAMING_NONE ? 0 : relay_body(x, &sink);
	if (result == 0 && x->head.framing != FRAMING_NONE)
		result = sink_end(&sink);
	sink_release(&sink);
	return result;
}

int exchange_collect(struct exchange *x, cJSON **ret)
{
	own_text struct text text = { 0 };

	x->answer.most = UPSTREAM_JSON_BYTES;
	*ret = NULL;
	if (body_reader_collect(&x->answer, &text, &x->refusal) < 0)
		return -1;
	if (text.n > 0)
		*ret = upstream_json(text.s, text.n);
	return 0;
}
