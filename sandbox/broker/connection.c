/* A request, from its first byte to the first one of the next.
 *
 *   read_head     IDLE_MS for its first byte, HEAD_MS for each piece after that
 *   understand    target, route, version, content type, query: what can be said before a byte of
 *                 the body is read, and before the engine hears anything
 *   consume       the head's bytes; the spans of x->request are gone with them
 *   carry_out     whose is the object of the path; 100 Continue; a JSON body with what it claims;
 *                 then the handler of the row
 *   refusal       if any of these said so and no byte of an answer is out yet
 *   drain         what the client still sends of the body, or it would not read its refusal
 *   release       at the very end: what the body claimed counts until then (broker->claiming)
 *
 * The first refusal is the answer, and nothing behind it is looked at. */
#include "sandbox/broker/connection.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/archive.h"
#include "sandbox/broker/build.h"
#include "sandbox/broker/claims.h"
#include "sandbox/broker/event.h"
#include "sandbox/broker/exchange.h"
#include "sandbox/broker/handshake.h"
#include "sandbox/broker/image_load.h"
#include "sandbox/broker/image_make.h"
#include "sandbox/broker/image_tag.h"
#include "sandbox/broker/inspect.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/broker/object.h"
#include "sandbox/broker/prune.h"
#include "sandbox/broker/registry.h"
#include "sandbox/broker/upgrade.h"
#include "sandbox/docker/platform.h"
#include "sandbox/docker/query.h"

#include <string.h>

#define HEAD_MS     30000   /* between two pieces of one head or body */
#define IDLE_MS     3600000 /* between two requests: clients keep them for as long as they like */
#define SMALL_BODY  (16 * 1024) /* not counted: that is what nearly all are */
#define BODY_PIECE  8192
#define BODY_COPIES 4    /* two trees, the text that is written anew, and what lies between */
#define IDLE_KIB    16   /* of a body that is of no use */
#define DRAIN_MS    5000 /* a client that still writes gets that long to read its refusal */
#define DRAIN_BYTES (64 * 1024 * 1024)
#define TAR_BYTES   (4ULL * 1024 * 1024 * 1024)

/* ---- carrying out ---- */

static int answer_relay(struct exchange *x)
{
	return exchange_forward_route(x) < 0 ? -1 : exchange_relay(x);
}

static int answer_refuse(struct exchange *x)
{
	return refuse(&x->refusal, 403, "%s", x->match.route->reason);
}

static int answer_absent(struct exchange *x)
{
	return refuse(&x->refusal, 404, "No such object: %s", x->match.name);
}

static int pull_or_import(struct exchange *x)
{
	return image_make_is_import(x) ? image_make_import(x) : registry_pull(x);
}

static int (*const handlers[])(struct exchange *x) = {
	[ANSWER_REFUSE] = answer_refuse,
	[ANSWER_RELAY] = answer_relay,
	[ANSWER_TOP] = inspect_top,
	[ANSWER_WAIT] = inspect_wait,
	[ANSWER_ABSENT] = answer_absent,
	[ANSWER_JOIN] = object_join,
	[ANSWER_PING] = handshake_ping,
	[ANSWER_VERSION] = handshake_version,
	[ANSWER_INFO] = handshake_info,
	[ANSWER_AUTH] = handshake_auth,
	[ANSWER_PRUNE] = prune_carry_out,
	[ANSWER_BUILD] = build_carry_out,
	[ANSWER_PULL] = pull_or_import,
	[ANSWER_COMMIT] = image_make_commit,
	[ANSWER_LOAD] = image_load,
	[ANSWER_PUSH] = registry_push,
	[ANSWER_DISTRIBUTION] = registry_distribution,
	[ANSWER_TAG] = image_tag_create,
	[ANSWER_UNTAG] = image_tag_remove,
	[ANSWER_SAVE] = archive_save,
	[ANSWER_CREATED] = object_create,
	[ANSWER_EXEC] = object_exec,
	[ANSWER_VOLUME] = object_volume,
	[ANSWER_REMOVED] = object_remove,
	[ANSWER_RENAMED] = object_rename,
	[ANSWER_INSPECT] = inspect_object,
	[ANSWER_LIST] = inspect_list,
	[ANSWER_STREAM] = answer_relay,
	[ANSWER_HIJACK] = upgrade_hijack,
	[ANSWER_EVENTS] = event_relay,
	[ANSWER_SESSION] = upgrade_session,
	[ANSWER_GRPC] = upgrade_grpc,
};

/* ---- understanding ---- */

static bool type_is_one_of(struct span type, const char *const *names)
{
	for (; *names != NULL; names++)
		if (http_type_is(type, *names))
			return true;
	return false;
}

/* dockerode sends its options as JSON with every POST, docker-py {} with some, and there are those
 * who send chunks of nothing, or an empty object with a GET. What it is read_idle_body() looks at. */
static int check_idle_body(struct exchange *x)
{
	const struct route *route = x->match.route;
	bool tunnel = route->answer == ANSWER_SESSION || route->answer == ANSWER_GRPC;

	if (!tunnel &&
		(x->request.chunked || http_type_is(x->request.content_type, "application/json")))
		return 0;
	return refuse(&x->refusal, 400, "%s %s takes no body", http_method_name(route->method),
		route->path);
}

/* Is the body of no use, if there is one? */
static bool is_idle(const struct exchange *x)
{
	enum body_kind kind = x->match.route->body;

	return kind == BODY_NONE || (kind == BODY_IMPORT && !image_make_is_import(x));
}

static int check_type(struct exchange *x)
{
	static const char *const json[] = { "application/json", NULL };
	static const char *const context[] = { "application/x-tar", "application/tar", NULL };
	static const char *const tar[] = { "application/x-tar", "application/tar",
		"application/gzip", "application/x-gzip", "application/zip", "application/json",
		"application/octet-stream", "text/plain", "", NULL };
	const char *const *names[] = { [BODY_JSON] = json,
		[BODY_MAYBE] = json,
		[BODY_BUILD] = context,
		[BODY_IMPORT] = tar,
		[BODY_LOAD] = tar,
		[BODY_TAR] = tar };
	const struct route *route = x->match.route;
	bool has_body = x->request.chunked || x->request.length > 0;

	/* Of a context the first bytes say how it is packed (docker-py, gzip=True). */
	if (x->request.content_encoding.n > 0 &&
		!http_type_is(x->request.content_encoding, "identity") &&
		!(route->body == BODY_BUILD && http_type_is(x->request.content_encoding, "gzip")))
		return refuse(&x->refusal, 400, "Content-Encoding is not understood here");
	if (is_idle(x))
		return has_body ? check_idle_body(x) : 0;
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

	if (minor == 0 || (minor >= API_MINOR_OLDEST && minor <= newest))
		return 0;
	return refuse(&x->refusal, 400,
		minor > newest
			? "client version 1.%u is too new. Maximum supported API version is 1.%u"
			: "client version 1.%u is too old. Minimum supported API version is 1.%u, "
			  "please upgrade your client to a newer version",
		minor, minor > newest ? newest : API_MINOR_OLDEST);
}

/* Of rows that leave it out: the engine's own is no other. */
static int check_platform(struct exchange *x)
{
	const char *named = target_value(&x->target, "platform");
	const struct query_rule *rule = x->match.route->query;

	for (; named != NULL && rule != NULL && rule->name != NULL; rule++)
		if (strcmp(rule->name, "platform") == 0 && rule->rule == RULE_FORCE &&
			!platform_is(named, x->broker->upstream.platform))
			return refuse(&x->refusal, 403,
				"platform %.40s: the engine's is %s, and %s", named,
				x->broker->upstream.platform, rule->reason);
	return 0;
}

static int continue_if_awaited(struct exchange *x)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	return !x->request.expect_continue ? 0 : stream_write(x->client, go_on, sizeof(go_on) - 1);
}

/* What a large body takes: `read` bytes as it came, and `made` bytes for what is made of it. */
static void hold_memory(struct exchange *x, size_t read, size_t made)
{
	struct broker *b = x->broker;
	bool is_less = read < x->read_bytes || made < x->made_bytes;

	b->read_bytes += read - x->read_bytes;
	b->made_bytes += made - x->made_bytes;
	x->read_bytes = read;
	x->made_bytes = made;
	if (read == 0 && b->reader == x)
		b->reader = NULL;
	if (is_less)
		endpoint_poke(&b->unread);
}

/* Until somebody has given some back. */
static int await_memory(struct exchange *x, uint64_t until_ms)
{
	struct wait waits[] = { { &x->broker->unread, WAIT_POKE }, { &x->client->end, WAIT_GONE } };

	if (x->client->end.gone || clock_now_ms() >= until_ms)
		return refuse(&x->refusal, 503, "too many large requests at once");
	fiber_wait(&x->broker->loop, waits, ARRAY_LEN(waits), until_ms);
	return 0;
}

static size_t counted(size_t n)
{
	return n > SMALL_BODY ? n : 0;
}

/* Room for a piece more. Where all of them have too much, one goes on all the same, or nobody
 * would come to an end. */
static int await_room_to_read(struct exchange *x)
{
	struct broker *b = x->broker;
	uint64_t until = clock_now_ms() + HEAD_MS;

	while (b->read_bytes + BODY_PIECE > BROKER_READ && b->reader != x)
		if (b->reader == NULL)
			b->reader = x;
		else if (await_memory(x, until) < 0)
			return -1;
	return 0;
}

static int await_room_to_make(struct exchange *x, size_t n)
{
	uint64_t until = clock_now_ms() + HEAD_MS;

	while (n > 0 && x->broker->made_bytes + n > BROKER_MADE)
		if (await_memory(x, until) < 0)
			return -1;
	return 0;
}

static int collect_pieces(struct exchange *x, struct text *ret)
{
	char piece[BODY_PIECE];
	ssize_t n;

	while ((n = body_reader_read(&x->body, piece, sizeof(piece), &x->refusal)) > 0) {
		text_add(ret, piece, (size_t)n);
		if (ret->failed)
			return refuse_memory(&x->refusal);
		hold_memory(x, counted(ret->n), 0);
		if (counted(ret->n) > 0 && await_room_to_read(x) < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

/* All of it, as there is room; and then room for what is made of it. Who has the second needs
 * nobody but the engine, so that those who wait with the first have their turn. */
static int collect_json(struct exchange *x, struct text *ret)
{
	size_t n;

	if (collect_pieces(x, ret) < 0)
		return -1;
	n = counted(ret->n);
	if (await_room_to_make(x, n * BODY_COPIES) < 0)
		return -1;
	hold_memory(x, n, n * BODY_COPIES);
	return 0;
}

static int read_json(struct exchange *x)
{
	const struct route *route = x->match.route;
	struct schema_run run = { .policy = &x->broker->policy,
		.podman = x->broker->upstream.podman };
	own_text struct text text = { 0 };
	int result;

	x->body.most = (uint64_t)route->body_kib * 1024;
	if (collect_json(x, &text) < 0)
		return -1;
	if (route->schema == NULL || (text.n == 0 && route->body == BODY_MAYBE))
		return 0; /* nothing in it is used */
	if (schema_parse((struct span){ text.s, text.n }, route->body_kib, &x->asked, &x->refusal) <
		0)
		return -1;
	text_release(&text);
	hold_memory(x, 0, x->made_bytes);
	result = schema_apply(route->schema, x->asked, &run, &x->given, &x->refusal);
	x->claims = run.claims_n > 0;
	x->broker->claiming += x->claims;
	if (result < 0 || claims_settle(x, &run) < 0)
		return -1;
	char *printed = cJSON_PrintUnformatted(x->given);
	if (printed == NULL)
		return refuse_memory(&x->refusal);
	/* It was made by malloc(3), as a text's own is. */
	x->json = (struct text){ .s = printed, .n = strlen(printed), .size = strlen(printed) + 1 };
	x->has_json = true;
	return 0;
}

/* A body of a call that has none: nothing, or one JSON object, which goes nowhere. */
static int read_idle_body(struct exchange *x)
{
	own_text struct text text = { 0 };
	cJSON *json = NULL;
	bool is_object;

	x->body.most = IDLE_KIB * 1024;
	if (body_reader_collect(&x->body, &text, &x->refusal) < 0)
		return -1;
	if (text.n == 0)
		return 0;
	if (!http_type_is(x->request.content_type, "application/json"))
		return refuse(&x->refusal, 400, "%s takes no body", x->match.route->path);
	if (schema_parse((struct span){ text.s, text.n }, IDLE_KIB, &json, &x->refusal) < 0)
		return -1;
	is_object = cJSON_IsObject(json);
	cJSON_Delete(json);
	return is_object ? 0 : refuse(&x->refusal, 400, "JSON that is not an object");
}

static int resolve_place(struct exchange *x)
{
	static const struct {
		enum object_kind kind;
		const char *before, *after; /* the name, as engines say it */
	} rows[] = {
		[PLACE_CONTAINER] = { OBJECT_CONTAINER, "No such container: ", "" },
		[PLACE_EXEC] = { OBJECT_EXEC, "No such exec instance: ", "" },
		[PLACE_NETWORK] = { OBJECT_NETWORK, "network ", " not found" },
		[PLACE_VOLUME] = { OBJECT_VOLUME, "get ", ": no such volume" },
		[PLACE_PLUGIN] = { OBJECT_KINDS, "plugin ", " not found" },
	};

	if (x->match.place == PLACE_NONE || x->match.place == PLACE_IMAGE ||
		x->match.place == PLACE_WORDS)
		return 0;
	if (lookup_object(
		    x->broker, &x->client->end, rows[x->match.place].kind, x->match.name, x->id))
		return 0;
	x->is_absent = true;
	return refuse(&x->refusal, 404, "%s%s%s", rows[x->match.place].before, x->match.name,
		rows[x->match.place].after);
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
	if (x->match.route->answer == ANSWER_SESSION && upgrade_understand(x) < 0)
		return -1;
	return query_apply(x->match.route->query, &x->target, &x->query, &x->refusal) < 0
		       ? -1
		       : check_platform(x);
}

static int carry_out(struct exchange *x)
{
	if (resolve_place(x) < 0 || continue_if_awaited(x) < 0)
		return -1;
	if ((x->match.route->body == BODY_JSON || x->match.route->body == BODY_MAYBE) &&
		read_json(x) < 0)
		return -1;
	if (is_idle(x) && x->body.framing != FRAMING_NONE && read_idle_body(x) < 0)
		return -1;
	if (x->match.route->body == BODY_TAR)
		return archive_upload(x);
	return handlers[x->match.route->answer](x);
}

/* ---- one after the other ---- */

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
	snprintf(message, sizeof(message), "%s%s",
		x->is_absent ? "" : "cofferdam: ", x->refusal.reason);
	return exchange_error(x, x->refusal.status, message);
}

/* A client that is still writing would not read its refusal from a closed connection. */
static void drain(struct exchange *x)
{
	char piece[8192];
	struct refusal unsaid;
	uint64_t sum = 0;
	ssize_t n;

	x->client->idle_ms = DRAIN_MS;
	x->body.most = UINT64_MAX;
	while (sum < DRAIN_BYTES &&
		(n = body_reader_read(&x->body, piece, sizeof(piece), &unsaid)) > 0)
		sum += (uint64_t)n;
}

/* 1: x->request is filled; 2: HTTP/2 follows; 0: the client has gone; -1: refused. */
static int read_head(struct exchange *x, size_t *ret_used)
{
	x->client->idle_ms = IDLE_MS;
	for (;;) {
		size_t n;
		const char *bytes = stream_bytes(x->client, &n);
		bool preface = upgrade_is_preface(bytes, n);
		int got = n == 0 || preface
				  ? 0
				  : http_request_read(bytes, n, &x->request, ret_used, &x->refusal);

		if (preface && n >= UPGRADE_PREFACE_BYTES)
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
	x->body = (struct body_reader){
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

static void release(struct exchange *x)
{
	if (x->claims) {
		x->broker->claiming--;
		endpoint_poke(&x->broker->claimed);
	}
	hold_memory(x, 0, 0);
	if (x->engine.end.fd >= 0)
		stream_close(&x->engine);
	target_release(&x->target);
	text_release(&x->query);
	text_release(&x->json);
	text_release(&x->more);
	cJSON_Delete(x->given);
	cJSON_Delete(x->asked);
}

/* True: the connection can carry another request. */
static bool serve_one(struct broker *b, struct stream *client)
{
	struct exchange x = { .broker = b,
		.client = client,
		.engine = { .end = { .fd = -1 } },
		.writes_body = true, /* also of what is not a request */
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
		result = upgrade_preface(&x);
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
		/* A client that asked for another protocol shows its own words unless this ends. */
		x.keep = x.keep && !x.begun && x.request.upgrade == HTTP_UPGRADE_NONE &&
			 (x.body.ended || x.body.framing == FRAMING_NONE);
		result = answer_refusal(&x);
	}
	if (!x.body.ended && x.body.framing != FRAMING_NONE) {
		x.keep = false;
		drain(&x);
	}
	release(&x);
	return result == 0 && x.keep && !b->closing;
}

void connection_leave(struct broker *b, struct stream *client)
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

void connection_serve(void *data)
{
	struct connection_start *start = data;
	struct broker *b = start->broker;
	struct stream *client = start->client;

	free(start);
	while (serve_one(b, client))
		fiber_yield(&b->loop); /* a client that never keeps us waiting is not alone */
	connection_leave(b, client);
}
