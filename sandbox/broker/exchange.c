#include "sandbox/broker/exchange.h"

#include "sandbox/base/json.h"
#include "sandbox/broker/buildkit_exchange.h"

#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"

#include <string.h>
#include <sys/socket.h>

#define HEAD_MS     30000  /* between two pieces of one head or body */
#define IDLE_MS     300000 /* between two requests */
#define DRAIN_MS    5000   /* a client that still writes gets that long to read its refusal */
#define DRAIN_BYTES (64 * 1024 * 1024)
#define LINE_BYTES  (256 * 1024) /* of a message in a JSON stream */
#define TAR_BYTES   (4ULL * 1024 * 1024 * 1024)
#define MOVES       16 /* before the others have a turn */

/* ---- answers ---- */

static const char *phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} rows[] = { { 200, "OK" }, { 201, "Created" }, { 204, "No Content" },
		{ 304, "Not Modified" }, { 400, "Bad Request" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 409, "Conflict" }, { 413, "Content Too Large" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].phrase;
	return "Answer";
}

int exchange_head(struct exchange *x, int status, const char *content_type, bool chunked,
	uint64_t length, const char *more_headers)
{
	own_text struct text head = { 0 };

	text_format(&head, "HTTP/1.1 %d %s\r\n", status, phrase(status));
	text_format(&head, "Api-Version: 1.%u\r\nServer: cofferdam\r\n", x->broker->upstream.minor);
	if (content_type != NULL && content_type[0] != '\0')
		text_format(&head, "Content-Type: %s\r\n", content_type);
	if (more_headers != NULL)
		text_word(&head, more_headers);
	if (!x->keep)
		text_word(&head, "Connection: close\r\n");
	if (chunked)
		text_word(&head, "Transfer-Encoding: chunked\r\n");
	else if (status != 204 && status != 304)
		text_format(&head, "Content-Length: %llu\r\n", (unsigned long long)length);
	text_word(&head, "\r\n");
	x->begun = true;
	if (head.failed)
		return -1;
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
		return exchange_error(x, 500, "out of memory");
	return write_whole(x, status, "application/json", text, strlen(text));
}

int exchange_error(struct exchange *x, int status, const char *message)
{
	cJSON *json = cJSON_CreateObject();
	int result = -1;

	if (cJSON_AddStringToObject(json, "message", message) != NULL)
		result = exchange_json(x, status, json);
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

static void note_refusal(struct exchange *x)
{
	own_text struct text path = { 0 };

	for (size_t i = 0; i < x->target.segments_n; i++)
		text_format(&path, "/%s", x->target.segments[i]);
	exchange_note_refusal(x->broker,
		x->target.memory != NULL ? http_method_name(x->request.method) : "?",
		path.s != NULL ? path.s : "", x->match.route, &x->refusal);
}

static int answer_refusal(struct exchange *x)
{
	char message[sizeof(x->refusal.reason) + 16];

	/* An answer that broke off in the middle is nobody's refusal. */
	if (x->begun)
		return -1;
	note_refusal(x);
	snprintf(message, sizeof(message), "cofferdam: %s", x->refusal.reason);
	return exchange_error(x, x->refusal.status, message);
}

/* ---- towards the engine ---- */

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
int exchange_path(const struct exchange *x, struct text *ret)
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
	return ret->failed ? -1 : 0;
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
		return refuse(&x->refusal, 413, "the request does not fit into memory");
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

int exchange_engine_error(struct exchange *x, int status, const cJSON *json)
{
	own_mem char *message = strdup(json_text(json, "message"));

	if (message == NULL)
		return -1;
	scrub_ids(x->broker, message);
	return exchange_error(x, status, message[0] != '\0' ? message : "the engine refused");
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
	struct sink sink = { .to = x->client, .chunked = !known, .pipe = { -1, -1 } };
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
	if (body_collect(&x->answer, &text, &x->refusal) < 0)
		return -1;
	if (text.n > 0)
		*ret = upstream_json(text.s, text.n);
	return 0;
}

/* ---- a stream of JSON objects, one a line ---- */

struct lines {
	struct exchange *x;
	struct sink sink;
	struct text line;
	bool too_long; /* the line at hand: passed on unread */
	const struct line_hooks *hooks;
	void *data;
};

static int line_pass(struct lines *l, const char *s, size_t n)
{
	l->x->broker->counters->to_builder_bytes += n;
	return sink_write(&l->sink, s, n);
}

static int line_print(struct lines *l, cJSON *json)
{
	own_mem char *printed = NULL;
	own_text struct text line = { 0 };

	if (!redact_object(l->hooks->redact, json) ||
		(printed = cJSON_PrintUnformatted(json)) == NULL)
		return -1;
	/* In one piece with its end: docker-py takes a line break of its own for an object. */
	text_format(&line, "%s\n", printed);
	return line.failed ? -1 : line_pass(l, line.s, line.n);
}

static int line_out(struct lines *l, size_t n)
{
	cJSON *json = l->too_long ? NULL : upstream_json(l->line.s, n);
	int result = 0;

	if (l->hooks->seen(l->x, json, l->data))
		result = l->hooks->redact == REDACT_KINDS ? line_pass(l, l->line.s, n)
							  : line_print(l, json);
	cJSON_Delete(json);
	text_cut(&l->line, n);
	l->too_long = false;
	return result;
}

static int lines_take(struct lines *l, const char *piece, size_t n)
{
	const char *end;

	text_add(&l->line, piece, n);
	if (l->line.failed)
		return -1;
	while (l->line.n > 0 && (end = memchr(l->line.s, '\n', l->line.n)) != NULL)
		if (line_out(l, (size_t)(end - l->line.s) + 1) < 0)
			return -1;
	if (l->line.n > LINE_BYTES) {
		l->too_long = true;
		return line_out(l, l->line.n);
	}
	return 0;
}

static int lines_end(struct lines *l)
{
	own_text struct text last = { 0 };

	if (l->line.n > 0 && line_out(l, l->line.n) < 0)
		return -1;
	if (l->hooks->end != NULL)
		l->hooks->end(l->x, &last, l->data);
	if (last.failed || (last.n > 0 && line_pass(l, last.s, last.n) < 0))
		return -1;
	return sink_end(&l->sink);
}

int exchange_relay_lines(struct exchange *x, const struct line_hooks *hooks, void *data)
{
	struct lines l = { .x = x,
		.sink = { .to = x->client, .chunked = true, .pipe = { -1, -1 } },
		.hooks = hooks,
		.data = data };
	char piece[8192];
	ssize_t n = -1;

	if (exchange_head(x, x->head.status, x->head.content_type, true, 0, NULL) == 0)
		while ((n = body_read(&x->answer, piece, sizeof(piece), &x->refusal)) > 0)
			if (lines_take(&l, piece, (size_t)n) < 0) {
				n = -1;
				break;
			}
	if (n == 0)
		n = lines_end(&l);
	text_release(&l.line);
	return n < 0 ? -1 : 0;
}

/* ---- carrying out ---- */

static int answer_relay(struct exchange *x)
{
	return exchange_forward_route(x) < 0 ? -1 : exchange_relay(x);
}

static int answer_refuse(struct exchange *x)
{
	return refuse(&x->refusal, 403, "%s", x->match.route->reason);
}

static const exchange_fn functions[] = {
	[ANSWER_REFUSE] = answer_refuse,
	[ANSWER_RELAY] = answer_relay,
	[ANSWER_PING] = answer_ping,
	[ANSWER_VERSION] = answer_version,
	[ANSWER_INFO] = answer_info,
	[ANSWER_AUTH] = answer_auth,
	[ANSWER_PRUNE] = answer_prune,
	[ANSWER_BUILD] = build_carry_out,
	[ANSWER_PULL] = image_pull,
	[ANSWER_PUSH] = image_push,
	[ANSWER_DISTRIBUTION] = image_distribution,
	[ANSWER_TAG] = image_tag,
	[ANSWER_UNTAG] = image_untag,
	[ANSWER_SAVE] = image_save,
	[ANSWER_CREATED] = answer_created,
	[ANSWER_EXEC] = answer_exec,
	[ANSWER_VOLUME] = answer_volume,
	[ANSWER_REMOVED] = answer_removed,
	[ANSWER_RENAMED] = answer_renamed,
	[ANSWER_INSPECT] = answer_inspect,
	[ANSWER_LIST] = answer_list,
	[ANSWER_STREAM] = answer_relay,
	[ANSWER_HIJACK] = answer_hijack,
	[ANSWER_EVENTS] = answer_events,
	[ANSWER_SESSION] = answer_session,
	[ANSWER_GRPC] = answer_grpc,
};

/* ---- understanding ---- */

static bool type_is_one_of(struct span type, const char *const *names)
{
	for (; *names != NULL; names++)
		if (http_type_is(type, *names))
			return true;
	return false;
}

static int check_type(struct exchange *x)
{
	static const char *const json[] = { "application/json", NULL };
	static const char *const context[] = { "application/x-tar", "application/tar", NULL };
	static const char *const tar[] = { "application/x-tar", "application/tar",
		"application/octet-stream", "text/plain", "", NULL };
	const char *const *names[] = {
		[BODY_JSON] = json, [BODY_MAYBE] = json, [BODY_BUILD] = context, [BODY_TAR] = tar
	};
	const struct route *route = x->match.route;
	bool has_body = x->request.chunked || x->request.length > 0;

	if (x->request.content_encoding.n > 0 &&
		!http_type_is(x->request.content_encoding, "identity"))
		return refuse(&x->refusal, 400, "Content-Encoding is not understood here");
	if (route->body == BODY_NONE)
		return has_body ? refuse(&x->refusal, 400, "%s %s takes no body",
					  http_method_name(route->method), route->path)
				: 0;
	if (!has_body && route->body != BODY_JSON)
		return 0;
	/* A form would be merged over the query by the engine. */
	if (!type_is_one_of(x->request.content_type, names[route->body]))
		return refuse(&x->refusal, 400, "the content type is not one that %s %s takes",
			http_method_name(route->method), route->path);
	return 0;
}

static int check_version(struct exchange *x)
{
	unsigned minor = x->target.minor, newest = x->broker->upstream.minor;

	if (minor == 0 || (minor >= API_MINOR_MIN && minor <= newest))
		return 0;
	return refuse(&x->refusal, 400,
		minor > newest
			? "client version 1.%u is too new. Maximum supported API version is 1.%u"
			: "client version 1.%u is too old. Minimum supported API version is 1.%u, "
			  "please upgrade your client to a newer version",
		minor, minor > newest ? newest : API_MINOR_MIN);
}

static int continue_if_awaited(struct exchange *x)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	return !x->request.expect_continue ? 0 : stream_write(x->client, go_on, sizeof(go_on) - 1);
}

static int read_json(struct exchange *x)
{
	const struct route *route = x->match.route;
	struct schema_run run = { .policy = &x->broker->policy };
	own_text struct text text = { 0 };
	cJSON *given = NULL;
	int result;

	x->body.most = (uint64_t)route->body_kib * 1024;
	if (body_collect(&x->body, &text, &x->refusal) < 0)
		return -1;
	if (route->schema == NULL || (text.n == 0 && route->body == BODY_MAYBE))
		return 0; /* nothing in it is used */
	if (schema_parse((struct span){ text.s, text.n }, route->body_kib, &given, &x->refusal) < 0)
		return -1;
	result = schema_apply(route->schema, given, &run, &x->given, &x->refusal);
	cJSON_Delete(given);
	x->claims = run.claims_n > 0;
	x->broker->claiming += x->claims;
	if (result < 0 || claims_settle(x, &run) < 0)
		return -1;
	own_mem char *printed = cJSON_PrintUnformatted(x->given);
	if (printed != NULL)
		text_word(&x->json, printed);
	if (printed == NULL || x->json.failed)
		return refuse(&x->refusal, 413, "the body does not fit into memory");
	x->has_json = true;
	return 0;
}

static int resolve_place(struct exchange *x)
{
	static const struct {
		enum object_kind kind;
		const char *name;
	} rows[] = {
		[PLACE_CONTAINER] = { OBJECT_CONTAINER, "container" },
		[PLACE_EXEC] = { OBJECT_EXEC, "exec instance" },
		[PLACE_NETWORK] = { OBJECT_NETWORK, "network" },
		[PLACE_VOLUME] = { OBJECT_VOLUME, "volume" },
		[PLACE_PLUGIN] = { OBJECT_KINDS, "plugin" },
	};

	if (x->match.place == PLACE_NONE || x->match.place == PLACE_IMAGE)
		return 0;
	if (place_find(x->broker, &x->client->end, rows[x->match.place].kind, x->match.name, x->id))
		return 0;
	return refuse(&x->refusal, 404, "No such %s: %s", rows[x->match.place].name, x->match.name);
}

/* Everything that can be said of a request before its body is read. */
static int understand(struct exchange *x)
{
	if (target_read(x->request.target, &x->target, &x->refusal) < 0)
		return -1;
	if (route_find(x->request.method, &x->target, x->broker->policy.level, &x->match,
		    &x->refusal) < 0)
		return -1;
	if (check_version(x) < 0 || check_type(x) < 0)
		return -1;
	if (x->match.route->answer == ANSWER_SESSION && session_understand(x) < 0)
		return -1;
	return query_apply(x->match.route->query, &x->target, &x->query, &x->refusal);
}

static int carry_out(struct exchange *x)
{
	if (resolve_place(x) < 0 || continue_if_awaited(x) < 0)
		return -1;
	if ((x->match.route->body == BODY_JSON || x->match.route->body == BODY_MAYBE) &&
		read_json(x) < 0)
		return -1;
	if (x->match.route->body == BODY_TAR)
		return upload_relay(x);
	return functions[x->match.route->answer](x);
}

/* ---- one after the other ---- */

/* A client that is still writing would not read its refusal from a closed connection. */
static void drain(struct exchange *x)
{
	char piece[8192];
	struct refusal unsaid;
	uint64_t sum = 0;
	ssize_t n;

	x->client->idle_ms = DRAIN_MS;
	x->body.most = UINT64_MAX;
	while (sum < DRAIN_BYTES && (n = body_read(&x->body, piece, sizeof(piece), &unsaid)) > 0)
		sum += (uint64_t)n;
}

/* 1: x->request is filled; 2: HTTP/2 follows; 0: the client has gone; -1: refused. */
static int read_head(struct exchange *x, size_t *ret_used)
{
	x->client->idle_ms = IDLE_MS;
	for (;;) {
		size_t n;
		const char *bytes = stream_bytes(x->client, &n);
		bool preface = buildkit_is_preface(bytes, n);
		int got = n == 0 || preface
				  ? 0
				  : http_request_read(bytes, n, &x->request, ret_used, &x->refusal);

		if (preface && n >= BUILDKIT_PREFACE_BYTES)
			return 2;
		if (got != 0)
			return got;
		if (stream_fill(x->client, STREAM_PIECE) <= 0)
			return 0;
		x->client->idle_ms = HEAD_MS;
	}
}

static void begin_body(struct exchange *x)
{
	x->body = (struct body){
		.from = x->client,
		.framing = x->request.chunked      ? FRAMING_CHUNKED
			   : x->request.length > 0 ? FRAMING_LENGTH
						   : FRAMING_NONE,
		.left = x->request.chunked ? 0 : x->request.length,
		.most = TAR_BYTES,
	};
	x->keep = !x->request.close;
	x->writes_body = x->request.method != HTTP_HEAD;
}

static void exchange_release(struct exchange *x)
{
	x->broker->claiming -= x->claims;
	if (x->engine.end.fd >= 0)
		stream_close(&x->engine);
	target_release(&x->target);
	text_release(&x->query);
	text_release(&x->json);
	text_release(&x->more);
	cJSON_Delete(x->given);
}

/* True: the connection can carry another request. */
static bool exchange_once(struct broker *b, struct stream *client)
{
	struct exchange x = { .broker = b,
		.client = client,
		.engine = { .end = { .fd = -1 } },
		.writes_body = true, /* also of what is no request */
		.refusal = { .status = 500, .reason = "no reason is known" } };
	size_t used = 0;
	int got = read_head(&x, &used), result;

	if (got == 0)
		return false;
	if (got < 0) {
		answer_refusal(&x); /* what follows may be anything */
		return false;
	}
	if (got == 2) {
		result = answer_preface(&x);
	} else {
		begin_body(&x);
		result = understand(&x);
		stream_consume(client, used);
		if (result == 0)
			result = carry_out(&x);
	}
	if (result == 0 && x.match.route != NULL)
		b->counters->requests[x.match.route - routes]++;
	if (result < 0 && !client->end.gone) {
		x.keep = x.keep && !x.begun && x.body.ended;
		result = answer_refusal(&x);
	}
	if (!x.body.ended && x.body.framing != FRAMING_NONE) {
		x.keep = false;
		drain(&x);
	}
	exchange_release(&x);
	return result == 0 && x.keep && !b->closing;
}

void client_leave(struct broker *b, struct stream *client)
{
	for (size_t i = 0; i < b->clients_n; i++)
		if (b->clients[i] == client) {
			b->clients[i] = b->clients[--b->clients_n];
			break;
		}
	stream_close(client);
	free(client);
	endpoint_poke(&b->room);
}

void exchange_serve(void *data)
{
	struct client_start *start = data;
	struct broker *b = start->broker;
	struct stream *client = start->client;

	free(start);
	while (exchange_once(b, client))
		;
	client_leave(b, client);
}
