#include "sandbox/broker/upstream.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/policy.h"
#include "sandbox/docker/schema.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define EXAMINE_MS  15000
#define WHOLE_BYTES (16 * 1024) /* a body of no more goes with its head, in one piece */
#define JSON_DEPTH  64 /* engines nest a dozen deep; the 1000 of cJSON are more than a stack holds */

static int unreachable(struct refusal *r, int errnum)
{
	return refuse(r, 502, "the engine does not answer: %s", strerror(errnum));
}

/* connect(2) of a UNIX socket says EAGAIN when the engine's backlog is full, and poll(2) calls an
 * unconnected one writable all the same (unix_poll in the kernel): nobody tells when there is
 * room. It is asked again a little later, with the loop free meanwhile. */
static int connect_patiently(const struct upstream *upstream, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct endpoint never = { .fd = -1 };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", upstream->socket);
	for (unsigned i = 0; i < 500; i++) {
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		fiber_wait(
			upstream->loop, &(struct wait){ &never, WAIT_IN }, 1, clock_now_ms() + 10);
	}
	errno = ETIMEDOUT;
	return -1;
}

int upstream_connect(const struct upstream *upstream, struct stream *ret,
	struct endpoint *cancel_on, struct refusal *r)
{
	own_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct failure f;

	if (fd < 0 || connect_patiently(upstream, fd) < 0)
		return unreachable(r, errno);
	if (stream_open(ret, upstream->loop, own_fd_give(&fd), &f) < 0)
		return unreachable(r, f.errnum);
	ret->cancel_on = cancel_on;
	ret->cancel_when = WAIT_HUP;
	ret->counter = upstream->received;
	return 0;
}

int upstream_send(const struct upstream *upstream, struct stream *s,
	const struct upstream_request *request, struct refusal *r)
{
	own_text struct text head = { 0 };
	size_t apart = 0;

	text_format(&head, "%s ", http_method_name(request->method));
	if (upstream->minor > 0)
		text_format(&head, "/v1.%u", upstream->minor);
	text_format(
		&head, "%s HTTP/1.1\r\nHost: docker\r\nUser-Agent: cofferdam\r\n", request->path);
	if (request->content_type != NULL)
		text_format(&head, "Content-Type: %s\r\n", request->content_type);
	if (request->auth != NULL)
		text_format(&head, "%s: %s\r\n", request->auth_name, request->auth);
	if (request->upgrade != NULL)
		text_format(&head, "Connection: Upgrade\r\nUpgrade: %s\r\n", request->upgrade);
	if (request->more_headers != NULL)
		text_word(&head, request->more_headers);
	if (request->chunked)
		text_word(&head, "Transfer-Encoding: chunked\r\n");
	else if (request->body != NULL)
		text_format(&head, "Content-Length: %zu\r\n", request->body->n);
	else if (request->method == HTTP_POST || request->method == HTTP_PUT)
		text_word(&head, "Content-Length: 0\r\n");
	text_word(&head, "\r\n");
	if (request->body != NULL && request->body->n <= WHOLE_BYTES)
		text_add(&head, request->body->s, request->body->n);
	else if (request->body != NULL)
		apart = request->body->n;
	if (head.failed)
		return refuse_memory(r);
	if (stream_write(s, head.s, head.n) < 0 ||
		(apart > 0 && stream_write(s, request->body->s, apart) < 0))
		return refuse(r, 502, "the engine closed the connection");
	if (upstream->sent != NULL)
		*upstream->sent += head.n + apart;
	return 0;
}

static void copy_span(char *ret, size_t size, struct span span)
{
	size_t n = span.n < size ? span.n : 0; /* what does not fit is nothing that we know */

	if (n > 0)
		memcpy(ret, span.s, n);
	ret[n] = '\0';
}

static enum framing framing_of(const struct http_response *h, enum http_method asked)
{
	if (!http_response_has_body(h, asked))
		return FRAMING_NONE;
	if (h->chunked)
		return FRAMING_CHUNKED;
	return h->has_length ? FRAMING_LENGTH : FRAMING_CLOSE;
}

int upstream_receive(struct stream *s, enum http_method asked, struct upstream_head *ret,
	struct body_reader *ret_body, struct refusal *r)
{
	struct http_response h;
	size_t n, used;

	for (;;) {
		const char *bytes = stream_bytes(s, &n);
		int got = n == 0 ? 0 : http_response_read(bytes, n, &h, &used, r);

		if (got < 0) {
			r->status = 502;
			return -1;
		}
		if (got == 0) {
			if (stream_fill(s, STREAM_PIECE) <= 0)
				return refuse(r, 502,
					"the engine closed the connection without an answer");
			continue;
		}
		if (h.status == 101 || h.status >= 200)
			break;
		stream_consume(s, used); /* 100 Continue */
	}
	ret->status = h.status;
	ret->framing = framing_of(&h, asked);
	ret->length = h.has_length ? h.length : 0;
	ret->upgraded = h.status == 101 && h.upgraded;
	ret->close = h.close;
	copy_span(ret->content_type, sizeof(ret->content_type), h.content_type);
	copy_span(ret->path_stat, sizeof(ret->path_stat), h.path_stat);
	stream_consume(s, used);
	*ret_body = (struct body_reader){
		.from = s,
		.framing = ret->framing,
		.left = ret->framing == FRAMING_LENGTH ? h.length : 0,
		.most = UINT64_MAX,
	};
	return 0;
}

/* ---- whole answers ---- */

static struct stream *pool_take(struct upstream *upstream)
{
	while (upstream->pool_n > 0) {
		struct stream *s = upstream->pool[--upstream->pool_n];

		if (!s->end.hup && !s->end.gone)
			return s;
		stream_close(s);
		free(s);
	}
	return NULL;
}

static void pool_give(struct upstream *upstream, struct stream *s, bool usable)
{
	size_t left;

	stream_bytes(s, &left);
	if (usable && left == 0 && upstream->pool_n < UPSTREAM_POOL) {
		s->cancel_on = NULL;
		upstream->pool[upstream->pool_n++] = s;
		return;
	}
	stream_close(s);
	free(s);
}

static bool is_shallow(const char *text, size_t n)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string && text[i] == '\\')
			i++;
		else if (!in_string && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!in_string && (text[i] == '}' || text[i] == ']') && depth > 0)
			depth--;
		if (depth > JSON_DEPTH)
			return false;
	}
	return true;
}

cJSON *upstream_json(const char *text, size_t n)
{
	return is_shallow(text, n) ? cJSON_ParseWithLength(text, n) : NULL;
}

static int ask_on(struct upstream *upstream, struct stream *s,
	const struct upstream_request *request, int *ret_status, cJSON **ret_json, bool *ret_usable,
	struct refusal *r)
{
	own_text struct text answer = { 0 };
	struct upstream_head head;
	struct body_reader body;

	if (upstream_send(upstream, s, request, r) < 0 ||
		upstream_receive(s, request->method, &head, &body, r) < 0)
		return -1;
	body.most = UPSTREAM_JSON_BYTES;
	if (body_reader_collect(&body, &answer, r) < 0) {
		if (r->status != 503)
			r->status = 502;
		return -1;
	}
	*ret_usable = !head.close && head.framing != FRAMING_CLOSE && head.status != 101;
	*ret_status = head.status;
	if (ret_json != NULL)
		*ret_json = answer.n > 0 ? upstream_json(answer.s, answer.n) : NULL;
	return 0;
}

int upstream_ask(struct upstream *upstream, struct endpoint *cancel_on, enum http_method method,
	const char *path, const struct text *json, int *ret_status, cJSON **ret_json,
	struct refusal *r)
{
	struct upstream_request request = { .method = method,
		.path = path,
		.content_type = json != NULL ? "application/json" : NULL,
		.body = json };
	struct stream *s = method == HTTP_GET ? pool_take(upstream) : NULL;
	bool usable = false;
	int result;

	if (ret_json != NULL)
		*ret_json = NULL;
	if (s != NULL) {
		s->cancel_on = cancel_on;
		result = ask_on(upstream, s, &request, ret_status, ret_json, &usable, r);
		pool_give(upstream, s, result == 0 && usable);
		if (result == 0)
			return 0;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return refuse_memory(r);
	if (upstream_connect(upstream, s, cancel_on, r) < 0) {
		free(s);
		return -1;
	}
	usable = false;
	result = ask_on(upstream, s, &request, ret_status, ret_json, &usable, r);
	pool_give(upstream, s, result == 0 && usable);
	return result;
}

/* ---- who answers there ---- */

const char *upstream_root(struct upstream *upstream, struct endpoint *cancel_on)
{
	own_json cJSON *info = NULL;
	struct refusal unsaid;
	int status;

	if (upstream->root[0] == '\0' && upstream_ask(upstream, cancel_on, HTTP_GET, "/info", NULL,
						 &status, &info, &unsaid) == 0)
		snprintf(upstream->root, sizeof(upstream->root), "%s",
			json_text(info, "DockerRootDir"));
	return upstream->root;
}

/* "1.NN" or 0. */
static unsigned minor_of(const char *text)
{
	char *end;
	unsigned long minor;

	if (strncmp(text, "1.", 2) != 0 || text[2] < '0' || text[2] > '9')
		return 0;
	minor = strtoul(text + 2, &end, 10);
	return *end == '\0' && minor < 1000 ? (unsigned)minor : 0;
}

static int judge(struct upstream *upstream, const cJSON *version, struct failure *f)
{
	unsigned newest = minor_of(json_text(version, "ApiVersion"));
	unsigned oldest = minor_of(json_text(version, "MinAPIVersion"));
	const cJSON *component =
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(version, "Components"), 0);

	upstream->podman = strncmp(json_text(component, "Name"), "Podman", 6) == 0;
	snprintf(upstream->version, sizeof(upstream->version), "%s", json_text(version, "Version"));
	failure_sanitize(upstream->version);
	snprintf(upstream->platform, sizeof(upstream->platform), "%s/%s", json_text(version, "Os"),
		json_text(version, "Arch"));
	if (newest == 0) {
		fail(f, 0,
			"what answers on the socket is not a Docker engine: it names no API version");
		return fail_remedy(f, "--docker-host names another socket");
	}
	if (newest < API_MINOR_MIN || oldest > API_MINOR_MAX) {
		fail(f, 0, "the engine speaks API 1.%u to 1.%u; 1.%u to 1.%u are understood",
			oldest, newest, API_MINOR_MIN, API_MINOR_MAX);
		return fail_remedy(f, newest < API_MINOR_MIN
					      ? "use Docker 20.10 or later"
					      : "use a newer cofferdam, or an older engine");
	}
	upstream->minor = newest < API_MINOR_MAX ? newest : API_MINOR_MAX;
	return 0;
}

int upstream_examine(struct upstream *upstream, struct failure *f)
{
	struct upstream_request request = { .method = HTTP_GET, .path = "/version" };
	struct refusal r = { 0 };
	struct stream s;
	cJSON *version = NULL;
	bool usable;
	int status = 0, result;

	upstream->minor = 0; /* not known yet */
	if (upstream_connect(upstream, &s, NULL, &r) < 0) {
		fail(f, 0, "%s", r.reason);
		return fail_remedy(f, "is the engine running? --docker-host names another socket");
	}
	s.idle_ms = EXAMINE_MS;
	result = ask_on(upstream, &s, &request, &status, &version, &usable, &r);
	stream_close(&s);
	if (result < 0 || status != 200 || version == NULL) {
		if (result < 0)
			fail(f, 0, "what answers on the socket is not a Docker engine: %s",
				r.reason);
		else
			fail(f, 0,
				"what answers on the socket is not a Docker engine of API 1.%u or later: status %d to /version",
				API_MINOR_MIN, status);
		cJSON_Delete(version);
		return fail_remedy(
			f, "--docker-host names another socket; `docker version` shows what it is");
	}
	result = judge(upstream, version, f);
	cJSON_Delete(version);
	return result;
}
