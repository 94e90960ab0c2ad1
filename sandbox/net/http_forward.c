#include "sandbox/net/http_forward.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/http_head.h"

#include <ctype.h>
#include <strings.h>

#define SCHEME "http://"

struct request {
	struct http_head head;
	struct http_framing framing;
	struct span method, target; /* as they stand */
	struct span path;           /* of the target, n 0: there is none */
	bool old;                   /* HTTP/1.0 */
	bool keep_alive, h2c;       /* words of Connection; the latter also Upgrade itself */
	size_t first_line_bytes;
};

/* ---- the first line ---- */

static int line_split(struct span line, struct request *ret, struct refusal *r)
{
	struct span rest, version;

	if (span_begins(line, "PRI * HTTP/2"))
		return refuse(r, 505, "request: HTTP/2 is not spoken here, only HTTP/1.1");
	ret->method = span_cut(line, ' ', &rest);
	if (!http_is_token(ret->method))
		return refuse(r, 400, "request: the first line is not that of HTTP");
	ret->target = span_cut(rest, ' ', &version);
	if (version.s == NULL)
		return refuse(r, 400, "request: the first line is not 'METHOD TARGET HTTP/1.1'");
	if (ret->target.n == 0 || !http_is_printable(ret->target, false) ||
		memchr(ret->target.s, '#', ret->target.n) != NULL)
		return refuse(r, 400, "request: not a target: '%.*s'", http_shown(ret->target),
			ret->target.s);
	ret->old = span_is(version, "HTTP/1.0");
	if (!ret->old && !span_is(version, "HTTP/1.1"))
		return refuse(r, 505, "request: the version is not HTTP/1.1: '%.*s'",
			http_shown(version), version.s);
	return 0;
}

int http_forward_check_line(struct span line, struct refusal *r)
{
	struct request request;

	return line_split(line, &request, r);
}

/* ---- for whom it is ---- */

static bool is_same_goal(const struct http_goal *a, const struct http_goal *b)
{
	return http_goal_is_host(a, b) && http_goal_port(a) == http_goal_port(b);
}

/* "http://HOST/path": the host. */
static int absolute_read(struct request *q, struct http_goal *ret, struct refusal *r)
{
	size_t scheme = strlen(SCHEME), end = scheme;
	struct span target = q->target;

	if (target.n < scheme || strncasecmp(target.s, SCHEME, scheme) != 0)
		return refuse(r, 400,
			"request: the target is neither a path nor http://HOST/…: '%.*s'",
			http_shown(target), target.s);
	while (end < target.n && target.s[end] != '/' && target.s[end] != '?')
		end++;
	if (http_goal_read((struct span){ target.s + scheme, end - scheme }, ret) < 0)
		return refuse(r, 400, "request: the target does not name a host: '%.*s'",
			http_shown(target), target.s);
	q->path = (struct span){ target.s + end, target.n - end };
	return 0;
}

/* The host that the target names; *ret_named false: it is but a path. */
static int target_read(
	struct request *q, bool connect, struct http_goal *ret, bool *ret_named, struct refusal *r)
{
	*ret_named = connect;
	if (connect)
		return http_goal_read(q->target, ret) == 0 && ret->port != 0
			       ? 0
			       : refuse(r, 400, "CONNECT: not a host with a port: '%.*s'",
					 http_shown(q->target), q->target.s);
	if (q->target.s[0] == '/' || (span_is(q->target, "*") && span_is(q->method, "OPTIONS"))) {
		q->path = q->target;
		return 0;
	}
	*ret_named = true;
	return absolute_read(q, ret, r);
}

static int host_read(
	const struct request *q, struct http_goal *ret, bool *ret_named, struct refusal *r)
{
	struct span host = q->head.values[HTTP_FIELD_HOST];

	*ret_named = host.s != NULL;
	if (host.s == NULL)
		return q->old ? 0 : refuse(r, 400, "request: there is no Host");
	if (http_goal_read(host, ret) < 0)
		return refuse(r, 400, "request: Host does not name a host: '%.*s'",
			http_shown(host), host.s);
	return 0;
}

/* What the request, its Host and the one who dialled say must be one host. */
static int goal_read(struct request *q, const struct http_goal *dialled, bool connect,
	struct http_goal *ret, struct refusal *r)
{
	struct http_goal target = { .port = 0 }, host = { .port = 0 };
	bool in_target, in_host;
	char text[HTTP_GOAL_TEXT];

	if (target_read(q, connect, &target, &in_target, r) < 0 ||
		host_read(q, &host, &in_host, r) < 0)
		return -1;
	if (dialled == NULL && !in_target)
		return refuse(r, 400, "proxy: the target has no host");
	if (dialled != NULL && !in_host)
		return refuse(r, 400, "request: there is no Host");
	*ret = in_target ? target : host;
	ret->port = http_goal_port(ret);
	if (connect && host.port == 0)
		host.port = target.port; /* which some clients leave out there */
	if (in_target && in_host && !is_same_goal(&target, &host))
		return refuse(r, 400, "request: Host and target name two hosts: '%s'",
			http_goal_write(&host, HTTP_GOAL_PORT, text));
	if (dialled != NULL && !is_same_goal(ret, dialled))
		return refuse(r, 421, "request: it is for another host than was dialled: '%s'",
			http_goal_write(ret, HTTP_GOAL_PORT, text));
	return 0;
}

/* ---- fields ---- */

static int connection_check(struct request *q, struct refusal *r)
{
	struct span upgrade = q->head.values[HTTP_FIELD_UPGRADE];

	q->h2c = upgrade.s != NULL && span_folds_to(upgrade, "h2c");
	if (upgrade.s != NULL && !q->h2c)
		return refuse(r, 501, "request: Upgrade to '%.*s' is not let through",
			http_shown(upgrade), upgrade.s);
	for (struct span rest = q->head.values[HTTP_FIELD_CONNECTION]; rest.s != NULL;) {
		struct span word = span_trim(span_cut(rest, ',', &rest));
		bool of_h2c =
			span_folds_to(word, "upgrade") || span_folds_to(word, "http2-settings");

		q->keep_alive = q->keep_alive || span_folds_to(word, "keep-alive");
		if (!span_folds_to(word, "close") && !span_folds_to(word, "keep-alive") &&
			!span_folds_to(word, "te") && !(of_h2c && q->h2c))
			return refuse(r, 400, "request: Connection names '%.*s'", http_shown(word),
				word.s);
	}
	return 0;
}

static int fields_check(struct request *q, bool connect, struct refusal *r)
{
	struct span expect = q->head.values[HTTP_FIELD_EXPECT];

	if (http_framing_read(&q->head, &q->framing, r) < 0 || connection_check(q, r) < 0)
		return -1;
	if (q->old && q->framing.chunked)
		return refuse(r, 400, "request: Transfer-Encoding in HTTP/1.0");
	if (connect && (q->framing.chunked || q->framing.length > 0))
		return refuse(r, 400, "CONNECT: it has a body");
	if (expect.s != NULL && !span_folds_to(expect, "100-continue"))
		return refuse(r, 417, "request: Expect is not '100-continue'");
	return 0;
}

/* Is it written from what was understood, or for this connection only? */
static bool is_left_away(struct span name)
{
	static const char *const names[] = { "Host", "Connection", "Keep-Alive", "TE", "Trailer",
		"Upgrade", "HTTP2-Settings", "Content-Length", "Transfer-Encoding",
		/* A server that answers at once may take the body for the next request. */
		"Expect" };
	struct span proxy = { name.s, name.n < 6 ? name.n : 6 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_folds_to(name, names[i]))
			return true;
	return span_folds_to(proxy, "Proxy-");
}

/* A server that answers these tells the client what it was sent. */
static bool is_echo(struct span method)
{
	return span_folds_to(method, "TRACE") || span_folds_to(method, "TRACK") ||
	       span_folds_to(method, "DEBUG");
}

/* "Content_Length", "Transfer.Encoding": behind CGI and its kin that is the same word. */
static bool is_disguised(struct span name)
{
	static const char *const names[] = { "Content-Length", "Transfer-Encoding" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t at = 0, n = strlen(names[i]);

		while (at < name.n && at < n &&
			(tolower(name.s[at]) == tolower(names[i][at]) ||
				(names[i][at] == '-' && !isalnum(name.s[at]))))
			at++;
		if (at == name.n && at == n && !span_folds_to(name, names[i]))
			return true;
	}
	return false;
}

/* They have been checked: each is there with a colon and its end. */
static int write_fields(struct text *out, struct span fields, bool logged_in, struct refusal *r)
{
	bool whole;

	while (fields.n > 0) {
		struct span value, line = http_line_at(fields.s, fields.n, fields.n, &whole);
		struct span name = span_cut(line, ':', &value);

		fields = (struct span){ fields.s + line.n, fields.n - line.n };
		if (is_disguised(name))
			return refuse(r, 400, "request: a field '%.*s'", http_shown(name), name.s);
		if (logged_in && span_folds_to(name, "Authorization"))
			continue;
		if (value.s != NULL && !is_left_away(name))
			text_add(out, line.s, line.n);
	}
	return 0;
}

static void write_path(struct text *out, const struct request *q)
{
	if (q->path.n == 0)
		text_word(out, span_is(q->method, "OPTIONS") ? "*" : "/");
	else if (q->path.s[0] == '?')
		text_word(out, "/");
	text_add(out, q->path.s, q->path.n);
}

static void write_connection(struct text *out, const struct request *q, bool last)
{
	if (last || q->framing.close)
		text_word(out, "Connection: close\r\n");
	else if (q->old && q->keep_alive)
		text_word(out, "Connection: keep-alive\r\n");
}

static int write_request(struct text *out, const struct request *q, struct span head,
	const struct http_goal *goal, const struct http_credential *login, bool last,
	struct refusal *r)
{
	struct span fields = { head.s + q->first_line_bytes, head.n - q->first_line_bytes };
	char host[HTTP_GOAL_TEXT];

	text_add(out, q->method.s, q->method.n);
	text_word(out, " ");
	write_path(out, q);
	text_format(out, " HTTP/1.%c\r\nHost: %s\r\n", q->old ? '0' : '1',
		http_goal_write(goal, HTTP_GOAL_PORT, host));
	if (write_fields(out, fields, login != NULL, r) < 0)
		return -1;
	if (login != NULL && is_echo(q->method))
		return refuse(r, 405,
			"request: %.*s would show the build with what it is logged in",
			http_shown(q->method), q->method.s);
	if (login != NULL)
		text_format(out, "Authorization: %s\r\n", login->value);
	if (q->framing.chunked)
		text_word(out, "Transfer-Encoding: chunked\r\n");
	if (q->framing.has_length)
		text_format(out, "Content-Length: %ju\r\n", (uintmax_t)q->framing.length);
	write_connection(out, q, last);
	text_word(out, "\r\n");
	return out->failed ? refuse_memory(r) : 0;
}

int http_forward_write(struct span head, const struct http_goal *dialled,
	const struct http_credentials *credentials, struct http_forward *ret, struct text *out,
	struct refusal *r)
{
	struct request q = {
		.head = { .side = HTTP_SIDE_REQUEST, .status = 400, .whose = "request" }
	};
	struct span line;
	size_t used = 0;
	bool connect;

	if (http_head_line(&q.head, head.s, head.n, &line, &used, r) < 1 ||
		line_split(line, &q, r) < 0)
		return -1;
	q.first_line_bytes = used;
	connect = span_is(q.method, "CONNECT");
	if (connect && dialled != NULL)
		return refuse(r, 405, "request: CONNECT is for a proxy");
	if (http_head_fields(&q.head, head.s, head.n, &used, r) < 1 ||
		fields_check(&q, connect, r) < 0)
		return -1;
	*ret = (struct http_forward){ .connect = connect };
	if (goal_read(&q, dialled, connect, &ret->goal, r) < 0)
		return -1;
	ret->chunked = q.framing.chunked;
	ret->length = q.framing.length;
	return connect ? 0
		       : write_request(out, &q, head, &ret->goal,
				 http_credentials_find(credentials, &ret->goal), dialled == NULL,
				 r);
}
