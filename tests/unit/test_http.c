/* The reader of HTTP/1.1: what clients and engines send, and what a lenient reader would
 * mend. Every row is also read one byte after the other: no prefix may say anything else
 * than "more" or the same refusal.
 */

#include "sandbox/base/own.h"
#include "sandbox/docker/http_chunk.h"
#include "sandbox/docker/http_request.h"
#include "sandbox/docker/http_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define GET     "GET /_ping HTTP/1.1\r\n"
#define POST    "POST /v1.41/build HTTP/1.1\r\n"
#define HOST    "Host: docker\r\n"
#define END     "\r\n"
#define OK      "HTTP/1.1 200 OK\r\n"
#define NO_SPAN ((struct span){ NULL, 0 })

enum reader { REQUEST, RESPONSE, CHUNK, TRAILER };

/* One call for the four; *used is only set at 1. */
static int read_with(
	enum reader reader, const char *bytes, size_t n, size_t *used, struct refusal *r)
{
	own_mem char *exact = malloc(n + (n == 0)); /* ASan sees a byte too far */
	struct http_request request;
	struct http_response response;
	uint64_t size;

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	*r = (struct refusal){ 0 };
	switch (reader) {
	case REQUEST:
		return http_request_read(exact, n, &request, used, r);
	case RESPONSE:
		return http_response_read(exact, n, &response, used, r);
	case CHUNK:
		return http_chunk_read(exact, n, &size, used, r);
	case TRAILER:
		return http_trailer_read(exact, n, used, r);
	}
	return -2;
}

static void check_prefixes(
	enum reader reader, const char *bytes, size_t n, int whole, const struct refusal *r)
{
	for (size_t i = 0; i < n; i++) {
		struct refusal early;
		size_t used = 0;
		int result = read_with(reader, bytes, i, &used, &early);

		if (result == 0)
			continue;
		if (result != whole)
			fail_msg("%d after %zu bytes, %d after all: %s", result, i, whole, bytes);
		if (result < 0 && strcmp(early.reason, r->reason) != 0)
			fail_msg("'%s' after %zu bytes, then '%s'", early.reason, i, r->reason);
	}
}

static void check_refused(
	enum reader reader, const char *bytes, size_t n, int status, const char *reason)
{
	struct refusal r;
	size_t used = 0;
	int result = read_with(reader, bytes, n, &used, &r);

	if (result != -1)
		fail_msg("expected '%s', got %d: %.*s", reason, result, (int)n, bytes);
	if (strstr(r.reason, reason) == NULL)
		fail_msg("expected '%s', got '%s'", reason, r.reason);
	if (r.status != status)
		fail_msg("expected %d, got %d: %s", status, r.status, r.reason);
	check_prefixes(reader, bytes, n, -1, &r);
}

/* Accepted, and the head ends where `more` begins. */
static void check_accepted(enum reader reader, const char *head)
{
	char bytes[2048];
	struct refusal r;
	size_t used = 0, n = strlen(head);
	int result;

	assert_true(n + 5 < sizeof(bytes));
	memcpy(bytes, head, n);
	memcpy(bytes + n, "\r\n\0 :", 5);
	result = read_with(reader, bytes, n + 5, &used, &r);
	if (result != 1)
		fail_msg("got %d, '%s': %s", result, result < 0 ? r.reason : "more", head);
	if (used != n)
		fail_msg("expected %zu bytes, got %zu: %s", n, used, head);
	check_prefixes(reader, head, n, 1, &r);
}

static void refuses_requests(void **state)
{
	static const struct {
		int status;
		const char *reason, *text;
	} rows[] = {
		/* framing */
		{ 400, "together", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END },
		{ 400, "together", POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n" END },
		{ 400, "Content-Length stands there twice",
			POST "Content-Length: 5\r\nContent-Length: 5\r\n" END },
		{ 400, "Content-Length stands there twice",
			POST "Content-Length: 5\r\ncontent-length: 6\r\n" END },
		{ 400, "not a number", POST "Content-Length: +0\r\n" END },
		{ 400, "not a number", POST "Content-Length: -0\r\n" END },
		{ 400, "not a number", POST "Content-Length: 0x0\r\n" END },
		{ 400, "not a number", POST "Content-Length: 5, 5\r\n" END },
		{ 400, "not a number", POST "Content-Length: 5 5\r\n" END },
		{ 400, "not a number", POST "Content-Length: 007\r\n" END },
		{ 400, "not a number", POST "Content-Length:\r\n" END },
		{ 400, "not a number", POST "Content-Length: \r\n" END },
		{ 400, "not a number", POST "Content-Length: 4611686018427387905\r\n" END },
		{ 400, "not a number", POST "Content-Length: 9999999999999999999\r\n" END },
		{ 400, "not a number", POST "Content-Length: 18446744073709551617\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding: gzip, chunked\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding: identity\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding: chunked, chunked\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding: Chunked\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding: \"chunked\"\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding: chunked;x\r\n" END },
		{ 400, "not 'chunked'", POST "Transfer-Encoding:\r\n" END },
		{ 400, "Transfer-Encoding stands there twice",
			POST "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n" END },
		{ 400, "Transfer-Encoding stands there twice",
			POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END },
		/* the version */
		{ 400, "HTTP/1.1", "GET /_ping HTTP/1.10\r\n" HOST END },
		{ 400, "HTTP/1.0 does not have",
			"GET /_ping HTTP/1.0\r\nExpect: 100-continue\r\n" HOST END },
		{ 400, "HTTP/1.0 does not have",
			"POST /session HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" HOST
				END },
		{ 400, "HTTP/1.0 does not have",
			"POST /build HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/1.2\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/2.0\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/3.7\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/01.1\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping http/1.1\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/1.1 \r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/1.1\t\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping HTTP/1.1\r\r\n" HOST END },
		{ 400, "first line", "GET /_ping\r\n" HOST END },
		{ 400, "first line", "GET\r\n" HOST END },
		{ 400, "HTTP/2 is not spoken", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
		/* the request line */
		{ 400, "first line", "\r\n" GET HOST END },
		{ 400, "CRLF", "\n" GET HOST END },
		{ 400, "not a method", " " GET HOST END },
		{ 400, "not a path", "GET  /_ping HTTP/1.1\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping  HTTP/1.1\r\n" HOST END },
		{ 400, "HTTP/1.1", "GET /_ping x HTTP/1.1\r\n" HOST END },
		{ 400, "first line", "GET\t/_ping\tHTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET \t/_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET /_pi\tng HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET /\x7f HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "get /_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "Get /_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "OPTIONS * HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "CONNECT docker:80 HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "PATCH /_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "TRACE /_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a method", "GE\x01T /_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET http://docker/_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET unix:///_ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET _ping HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET * HTTP/1.1\r\n" HOST END },
		{ 400, "not a path", "GET ?a HTTP/1.1\r\n" HOST END },
		/* header lines */
		{ 400, "folded", POST "Content-Type: application/json,\r\n x\r\n" END },
		{ 400, "folded", POST "X: a\r\n\tContent-Length: 5\r\n" END },
		{ 400, "folded", POST " Content-Length: 5\r\n" END },
		{ 400, "folded", POST "X: a\r\n \r\n" END },
		{ 400, "CRLF", "GET /_ping HTTP/1.1\n" HOST END },
		{ 400, "CRLF", GET "Host: docker\n" END },
		{ 400, "CRLF", GET HOST "\n" },
		{ 400, "CRLF", GET "X: a\nContent-Length: 5\r\n" END },
		{ 400, "not one word", POST "Content-Length : 5\r\n" END },
		{ 400, "not one word", POST "Content-Length\t: 5\r\n" END },
		{ 400, "not one word", POST "Content Length: 5\r\n" END },
		{ 400, "not one word", POST ": 5\r\n" END },
		{ 400, "not one word", POST "Content-Length\x01: 5\r\n" END },
		{ 400, "not one word", POST "X\xc3\xa9: 5\r\n" END },
		{ 400, "not one word", POST "\rX: 5\r\n" END },
		{ 400, "without a colon", POST "Content-Length\r\n" END },
		{ 400, "not printable", POST "X: a\rContent-Length: 5\r\n" END },
		{ 400, "not printable", POST "X: a\r\r\n" END },
		{ 400, "not printable", POST "X: \x01\r\n" END },
		{ 400, "not printable", POST "X: \x7f\r\n" END },
		{ 400, "not printable", POST "X: \xc3\xa9\r\n" END },
		{ 400, "not printable",
			POST "X: \x0b"
			     "chunked\r\n" END },
		/* what may stand there once */
		{ 400, "Host stands there twice", GET HOST HOST END },
		{ 400, "Host stands there twice", GET "Host:\r\nhOST: x\r\n" END },
		{ 400, "Content-Type stands there twice",
			POST "Content-Type: application/json\r\nContent-Type: text/plain\r\n" END },
		{ 400, "Content-Encoding stands there twice",
			POST "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n" END },
		{ 400, "Upgrade stands there twice",
			POST "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: h2c\r\n" END },
		{ 400, "Expect stands there twice",
			POST "Expect: 100-continue\r\nExpect: 100-continue\r\n" END },
		{ 400, "Connection stands there twice",
			POST "Connection: Upgrade\r\nConnection: close\r\n" END },
		{ 400, "X-Registry-Auth stands there twice",
			POST "X-Registry-Auth: e30=\r\nx-registry-auth: e30=\r\n" END },
		{ 400, "X-Registry-Config stands there twice",
			POST "X-Registry-Config: e30=\r\nX-Registry-Config: e30=\r\n" END },
		/* their values */
		{ 400, "one protocol", POST "Connection: Upgrade\r\nUpgrade: tcp, h2c\r\n" END },
		{ 400, "one protocol", POST "Connection: Upgrade\r\nUpgrade: tcp h2c\r\n" END },
		{ 400, "one protocol", POST "Connection: Upgrade\r\nUpgrade:\r\n" END },
		{ 400, "one protocol", POST "Upgrade: websocket/\r\n" END },
		{ 400, "list of words", POST "Connection: \r\n" END },
		{ 400, "list of words", POST "Connection: close,,Upgrade\r\n" END },
		{ 400, "list of words", POST "Connection: close Upgrade\r\n" END },
		{ 417, "Expect", POST "Expect: 200-ok\r\n" END },
		{ 417, "Expect", POST "Expect: 100-continue, x\r\n" END },
		{ 417, "Expect", POST "Expect:\r\n" END },
	};
	static const char nul_value[] = POST "X: a\0b\r\n" END;
	static const char nul_name[] = POST "X\0: a\r\n" END;
	static const char nul_target[] = "GET /_ping\0 HTTP/1.1\r\n" HOST END;
	static const char nul_method[] = "GET\0 /_ping HTTP/1.1\r\n" HOST END;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_refused(REQUEST, rows[i].text, strlen(rows[i].text), rows[i].status,
			rows[i].reason);
	check_refused(REQUEST, nul_value, sizeof(nul_value) - 1, 400, "not printable");
	check_refused(REQUEST, nul_name, sizeof(nul_name) - 1, 400, "not one word");
	check_refused(REQUEST, nul_target, sizeof(nul_target) - 1, 400, "not a path");
	check_refused(REQUEST, nul_method, sizeof(nul_method) - 1, 400, "not a method");
}

static void check_span(const char *what, struct span got, const char *expected, const char *text)
{
	if (expected == NULL ? got.s != NULL
			     : got.s == NULL || got.n != strlen(expected) ||
				       memcmp(got.s, expected, got.n) != 0)
		fail_msg("%s: expected '%s', got '%.*s': %s", what,
			expected != NULL ? expected : "none", got.s != NULL ? (int)got.n : 4,
			got.s != NULL ? got.s : "none", text);
}

static void check_number(const char *what, uint64_t got, uint64_t expected, const char *text)
{
	if (got != expected)
		fail_msg("%s: expected %ju, got %ju: %s", what, (uintmax_t)expected, (uintmax_t)got,
			text);
}

struct request_row {
	const char *text;
	struct http_request expected; /* spans apart */
	const char *target, *type, *encoding, *auth, *config;
};

static void check_request(const struct request_row *row)
{
	const struct http_request *expected = &row->expected;
	struct http_request got;
	struct refusal r;
	size_t used = 0;

	check_accepted(REQUEST, row->text);
	assert_int_equal(http_request_read(row->text, strlen(row->text), &got, &used, &r), 1);
	check_number("method", got.method, expected->method, row->text);
	check_number("chunked", got.chunked, expected->chunked, row->text);
	check_number("has_length", got.has_length, expected->has_length, row->text);
	check_number("length", got.length, expected->length, row->text);
	check_number("expect", got.expect_continue, expected->expect_continue, row->text);
	check_number("close", got.close, expected->close, row->text);
	check_number("connection", got.connection_upgrade, expected->connection_upgrade, row->text);
	check_number("upgrade", got.upgrade, expected->upgrade, row->text);
	check_number("old", got.old, expected->old, row->text);
	check_span("target", got.target, row->target, row->text);
	check_span("type", got.content_type, row->type, row->text);
	check_span("encoding", got.content_encoding, row->encoding, row->text);
	check_span("auth", got.registry_auth, row->auth, row->text);
	check_span("config", got.registry_config, row->config, row->text);
}

static void takes_requests_apart(void **state)
{
	static const struct request_row rows[] = {
		{ .text = "HEAD /_ping HTTP/1.1\r\nHost: api.moby.localhost\r\n"
			  "User-Agent: Docker-Client/28.2.2 (linux)\r\n" END,
			.expected = { .method = HTTP_HEAD },
			.target = "/_ping" },
		{ .text = "GET /version HTTP/1.1\r\nHost: localhost\r\n"
			  "User-Agent: docker-sdk-python/5.0.3\r\nAccept-Encoding: gzip, deflate\r\n"
			  "Accept: */*\r\nConnection: keep-alive\r\n" END,
			.expected = { .method = HTTP_GET },
			.target = "/version" },
		{ .text = "POST /v1.41/containers/prune HTTP/1.0\r\nContent-Length: 2\r\n"
			  "Connection: keep-alive\r\n" END,
			.expected = { .method = HTTP_POST,
				.has_length = true,
				.length = 2,
				.old = true,
				.close = true },
			.target = "/v1.41/containers/prune" },
		/* as the CLI dials for attach and exec: an empty Host */
		{ .text = "POST /v1.41/exec/ab/start HTTP/1.1\r\nHost: \r\nContent-Length: 30\r\n"
			  "Connection: Upgrade\r\nContent-Type: application/json\r\n"
			  "Upgrade: tcp\r\n" END,
			.expected = { .method = HTTP_POST,
				.has_length = true,
				.length = 30,
				.connection_upgrade = true,
				.upgrade = HTTP_UPGRADE_TCP },
			.target = "/v1.41/exec/ab/start",
			.type = "application/json" },
		{ .text = "POST /session HTTP/1.1\r\nHost:\r\nConnection: Upgrade\r\n"
			  "Upgrade: h2c\r\nX-Docker-Expose-Session-Uuid: x\r\n"
			  "X-Docker-Expose-Session-Grpc-Method: /a/B\r\n"
			  "X-Docker-Expose-Session-Grpc-Method: /a/C\r\n" END,
			.expected = { .method = HTTP_POST,
				.connection_upgrade = true,
				.upgrade = HTTP_UPGRADE_H2C },
			.target = "/session" },
		{ .text = "POST /v1.41/build?t=a%3A1&version=1 HTTP/1.1\r\nHost: d\r\n"
			  "Transfer-Encoding: chunked\r\nContent-Type:   application/x-tar \t\r\n"
			  "X-Registry-Config: e30=\r\nX-Registry-Auth:e30=\r\n" END,
			.expected = { .method = HTTP_POST, .chunked = true },
			.target = "/v1.41/build?t=a%3A1&version=1",
			.type = "application/x-tar",
			.auth = "e30=",
			.config = "e30=" },
		{ .text = "PUT /containers/a/archive?path=/ HTTP/1.1\r\n"
			  "Content-Length: 4611686018427387904\r\nExpect: 100-Continue\r\n"
			  "Connection: close, TE\r\nContent-Encoding: gzip\r\n" END,
			.expected = { .method = HTTP_PUT,
				.has_length = true,
				.length = UINT64_C(1) << 62,
				.expect_continue = true,
				.close = true },
			.target = "/containers/a/archive?path=/",
			.encoding = "gzip" },
		{ .text = "DELETE /containers/a?v=1 HTTP/1.1\r\nContent-Encoding: Identity\r\n"
			  "CONTENT-LENGTH: 0\r\nupgrade: HTTP/2.0\r\n"
			  "X-HTTP-Method-Override: GET\r\nTraceparent: 00-ab-cd-01\r\n" END,
			.expected = { .method = HTTP_DELETE,
				.has_length = true,
				.upgrade = HTTP_UPGRADE_OTHER },
			.target = "/containers/a?v=1" },
		/* no Host; a value may be empty where it means nothing */
		{ .text = GET "X:\r\nY: \t \r\nContent-Type:\r\n" END,
			.expected = { .method = HTTP_GET },
			.target = "/_ping",
			.type = "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_request(&rows[i]);
}

static void leaves_results_alone_on_refusal(void **state)
{
	struct http_request request, untouched;
	struct refusal r;
	size_t used = 77;

	(void)state;
	memset(&request, 0x5a, sizeof(request));
	memset(&untouched, 0x5a, sizeof(untouched));
	assert_int_equal(
		http_request_read(GET "X y\r\n", strlen(GET "X y\r\n"), &request, &used, &r), -1);
	assert_int_equal(
		http_request_read(GET "X: y\r\n", strlen(GET "X: y\r\n"), &request, &used, &r), 0);
	assert_memory_equal(&request, &untouched, sizeof(request));
	assert_int_equal(used, 77);
}

/* A request of front, n bytes of 'a', back. */
static char *stuffed(const char *front, size_t n, const char *back, size_t *ret_n)
{
	char *text = malloc(strlen(front) + n + strlen(back) + 1);

	assert_non_null(text);
	memcpy(text, front, strlen(front));
	memset(text + strlen(front), 'a', n);
	strcpy(text + strlen(front) + n, back);
	*ret_n = strlen(text);
	return text;
}

/* The longest filling that passes, found by the number that must not. */
static void check_limit(const char *front, const char *back, size_t most, int status)
{
	struct refusal r;
	size_t n, used = 0;
	own_mem char *good = stuffed(front, most, back, &n);
	own_mem char *bad = NULL;
	int result = read_with(REQUEST, good, n, &used, &r);

	if (result != 1 || used != n)
		fail_msg("%zu bytes after '%s': got %d, %s", most, front, result, r.reason);
	bad = stuffed(front, most + 1, back, &n);
	result = read_with(REQUEST, bad, n, &used, &r);
	if (result != -1 || r.status != status)
		fail_msg("%zu bytes after '%s': got %d, %s", most + 1, front, result, r.reason);
}

static void keeps_to_its_limits(void **state)
{
	static const char auth[] = GET "X-Registry-Auth:";
	static const char both[] = GET "X-Registry-Config: x\r\nX-Registry-Auth:";
	static const char line[] = "GET /";

	(void)state;
	check_limit(line, " HTTP/1.1\r\n\r\n", HTTP_PLAIN_BYTES - strlen("GET / HTTP/1.1\r\n\r\n"),
		413);
	check_limit(GET "X: ", "\r\n\r\n", HTTP_PLAIN_BYTES - strlen(GET "X: \r\n\r\n"), 413);
	check_limit(GET, ": x\r\n\r\n", HTTP_PLAIN_BYTES - strlen(GET ": x\r\n\r\n"), 413);
	check_limit(auth, "\r\n\r\n", HTTP_REGISTRY_BYTES - 2, 413);
	check_limit(both, "\r\n\r\n", HTTP_REGISTRY_BYTES - 2 - strlen(" x\r\n"), 413);
}

static void refuses_what_never_ends(void **state)
{
	static const struct {
		enum reader reader;
		const char *front;
		size_t most; /* bytes that may wait for more */
		int status;
	} rows[] = {
		{ REQUEST, "", HTTP_PLAIN_BYTES, 413 },
		{ REQUEST, GET, HTTP_PLAIN_BYTES, 413 },
		{ REQUEST, GET "X-Registry-Auth:",
			HTTP_REGISTRY_BYTES + sizeof(GET "X-Registry-Auth:") - 1, 413 },
		{ RESPONSE, OK "X: ", HTTP_HEAD_BYTES, 502 },
		{ CHUNK, "5;", HTTP_CHUNK_LINE - 1, 400 },
		{ TRAILER, "X: y\r\nX: ", HTTP_TRAILER_BYTES - 1, 413 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n, used = 0;
		own_mem char *text = stuffed(rows[i].front, HTTP_HEAD_BYTES + 8, "", &n);
		struct refusal r;
		int result = read_with(rows[i].reader, text, rows[i].most, &used, &r);

		if (result != 0)
			fail_msg("row %zu: %zu bytes: %d, %s", i, rows[i].most, result, r.reason);
		result = read_with(rows[i].reader, text, rows[i].most + 1, &used, &r);
		if (result != -1 || r.status != rows[i].status)
			fail_msg("row %zu: %zu bytes: %d, %s", i, rows[i].most + 1, result,
				r.reason);
	}
}

static void counts_headers(void **state)
{
	char text[2048] = GET;
	struct refusal r;
	size_t used = 0;

	(void)state;
	for (int i = 0; i < HTTP_HEADERS; i++)
		strcat(text, "X: y\r\n");
	strcat(text, "\r\n");
	assert_int_equal(read_with(REQUEST, text, strlen(text), &used, &r), 1);
	text[strlen(text) - 2] = '\0';
	strcat(text, "X: y\r\n\r\n");
	check_refused(REQUEST, text, strlen(text), 413, "more than 100");
}

static void compares_types(void **state)
{
	static const struct {
		const char *given, *type;
		bool is;
	} rows[] = {
		{ "application/json", "application/json", true },
		{ "Application/JSON; charset=utf-16", "application/json", true },
		{ "application/json ;x", "application/json", true },
		{ "application/json;", "application/json", true },
		{ "", "", true },
		{ "application/jsonx", "application/json", false },
		{ "application/jso", "application/json", false },
		{ "application/json, text/plain", "application/json", false },
		{ "application/x-www-form-urlencoded", "application/x-tar", false },
		{ "", "application/json", false },
		{ ";", "", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (http_type_is((struct span){ rows[i].given, strlen(rows[i].given) },
			    rows[i].type) != rows[i].is)
			fail_msg("'%s' and '%s': expected %d", rows[i].given, rows[i].type,
				rows[i].is);
	assert_true(http_type_is(NO_SPAN, ""));
	assert_false(http_type_is(NO_SPAN, "text/plain"));
}

struct response_row {
	const char *text;
	struct http_response expected; /* spans apart */
	const char *type, *version;
};

static void check_response(const struct response_row *row)
{
	const struct http_response *expected = &row->expected;
	struct http_response got;
	struct refusal r;
	size_t used = 0;

	check_accepted(RESPONSE, row->text);
	assert_int_equal(http_response_read(row->text, strlen(row->text), &got, &used, &r), 1);
	check_number("status", (uint64_t)got.status, (uint64_t)expected->status, row->text);
	check_number("chunked", got.chunked, expected->chunked, row->text);
	check_number("has_length", got.has_length, expected->has_length, row->text);
	check_number("length", got.length, expected->length, row->text);
	check_number("close", got.close, expected->close, row->text);
	check_number("upgraded", got.upgraded, expected->upgraded, row->text);
	check_span("type", got.content_type, row->type, row->text);
	check_span("version", got.api_version, row->version, row->text);
}

static void takes_responses_apart(void **state)
{
	static const struct response_row rows[] = {
		{ .text = OK
			"Api-Version: 1.41\r\nContent-Type: application/json\r\n"
			"Docker-Experimental: false\r\nOstype: linux\r\n"
			"Server: Docker/20.10.24+dfsg1 (linux)\r\n"
			"Date: Mon, 23 Nov 2026 22:16:21 GMT\r\nTransfer-Encoding: chunked\r\n" END,
			.expected = { .status = 200, .chunked = true },
			.type = "application/json",
			.version = "1.41" },
		{ .text = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
			  "Connection: Upgrade\r\nUpgrade: tcp\r\n" END,
			.expected = { .status = 101, .upgraded = true },
			.type = "application/vnd.docker.raw-stream" },
		{ .text = OK "Content-Type: application/vnd.docker.raw-stream\r\n" END,
			.expected = { .status = 200 },
			.type = "application/vnd.docker.raw-stream" },
		{ .text = "HTTP/1.1 204 No Content\r\n" END, .expected = { .status = 204 } },
		{ .text = "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\nConnection: close\r\n" END,
			.expected = { .status = 404,
				.has_length = true,
				.length = 12,
				.close = true } },
		{ .text = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n" END,
			.expected = { .status = 200, .has_length = true, .close = true } },
		{ .text = "HTTP/1.1 100 Continue\r\n" END, .expected = { .status = 100 } },
		{ .text = "HTTP/1.1 299 status code 299\r\n" END, .expected = { .status = 299 } },
		{ .text = "HTTP/1.1 299 \r\n" END, .expected = { .status = 299 } },
		/* asked for alone it is not a tunnel */
		{ .text = OK "Upgrade: h2c\r\n" END, .expected = { .status = 200 } },
		{ .text = OK "Connection: Upgrade\r\n" END, .expected = { .status = 200 } },
		/* what means something in requests alone */
		{ .text = OK "Expect: x\r\nExpect: x\r\nHost: a\r\nHost: b\r\n" END,
			.expected = { .status = 200 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_response(&rows[i]);
}

static void reads_what_engines_say_of_themselves(void **state)
{
	static const char text[] = OK "X-Docker-Container-Path-Stat: eyJ9\r\nOstype: linux\r\n"
				      "Docker-Experimental: true\r\n" END;
	struct http_response got;
	struct refusal r;
	size_t used = 0;

	(void)state;
	assert_int_equal(http_response_read(text, strlen(text), &got, &used, &r), 1);
	check_span("path_stat", got.path_stat, "eyJ9", text);
	check_span("os_type", got.os_type, "linux", text);
	check_span("experimental", got.experimental, "true", text);
	check_span("type", got.content_type, NULL, text);
}

static void refuses_responses(void **state)
{
	static const struct {
		const char *reason, *text;
	} rows[] = {
		{ "together", OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END },
		{ "twice", OK "Content-Length: 5\r\nContent-Length: 5\r\n" END },
		{ "twice", OK "Api-Version: 1.41\r\nApi-Version: 1.45\r\n" END },
		{ "not a number", OK "Content-Length: x\r\n" END },
		{ "not 'chunked'", OK "Transfer-Encoding: gzip, chunked\r\n" END },
		{ "HTTP/1.0 does not have",
			"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n" END },
		{ "not HTTP", "HTTP/2.0 200 OK\r\n" END },
		{ "not HTTP", "HTTP/1.1  200 OK\r\n" END },
		{ "not HTTP", "HTTP/1.1 2000 OK\r\n" END },
		{ "not HTTP", "HTTP/1.1 20 OK\r\n" END },
		{ "not HTTP", "HTTP/1.1 200\r\n" END },
		{ "not HTTP", "HTTP/1.1 200 O\x01K\r\n" END },
		{ "not HTTP", "SSH-2.0-OpenSSH_9.2\r\n" },
		{ "not HTTP", "\r\n" OK END },
		{ "not a number", "HTTP/1.1 2x0 OK\r\n" END },
		{ "no such status", "HTTP/1.1 099 OK\r\n" END },
		{ "no such status", "HTTP/1.1 600 OK\r\n" END },
		{ "CRLF", "HTTP/1.1 200 OK\n" END },
		{ "CRLF", OK "X: y\n" END },
		{ "folded", OK " X: y\r\n" END },
		{ "not one word", OK "Content-Length : 5\r\n" END },
		{ "not printable", OK "X: \x01\r\n" END },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_refused(RESPONSE, rows[i].text, strlen(rows[i].text), 502, rows[i].reason);
}

static void knows_which_answers_have_a_body(void **state)
{
	static const struct {
		int status;
		enum http_method asked;
		bool has;
	} rows[] = {
		{ 200, HTTP_GET, true },
		{ 200, HTTP_HEAD, false },
		{ 404, HTTP_POST, true },
		{ 500, HTTP_HEAD, false },
		{ 100, HTTP_POST, false },
		{ 101, HTTP_POST, false },
		{ 204, HTTP_DELETE, false },
		{ 304, HTTP_POST, false },
		{ 201, HTTP_PUT, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_response response = { .status = rows[i].status };

		if (http_response_has_body(&response, rows[i].asked) != rows[i].has)
			fail_msg("%s, %d: expected %d", http_method_name(rows[i].asked),
				rows[i].status, rows[i].has);
	}
}

static void reads_chunks(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {
		{ "5\r\n", 5 },
		{ "0\r\n", 0 },
		{ "000\r\n", 0 },
		{ "00a0\r\n", 160 },
		{ "aBcDeF\r\n", 0xabcdef },
		{ "fffffffffffffff\r\n", 0xfffffffffffffff },
		{ "5;a=b\r\n", 5 },
		{ "5;\r\n", 5 },
		{ "5; a=\"x y\";b\r\n", 5 },
		{ "0;a\r\n", 0 },
	};
	static const struct {
		const char *reason, *text;
	} bad[] = {
		{ "CRLF", "5\n" },
		{ "CRLF", "0;a\n" },
		{ "CRLF", "0\n\n" },
		{ "CRLF", "\n" },
		{ "not a number", "\r\n" },
		{ "not a number", " 5\r\n" },
		{ "not a number", "5 \r\n" },
		{ "not a number", "5 ;a\r\n" },
		{ "not a number", "+5\r\n" },
		{ "not a number", "-5\r\n" },
		{ "not a number", "0x5\r\n" },
		{ "not a number", "5\r\r\n" },
		{ "not a number", "g\r\n" },
		{ "not a number", ";a\r\n" },
		{ "not a number", "1000000000000000\r\n" },
		{ "not a number", "0000000000000005\r\n" },
		{ "extension", "5;a\rb\r\n" },
		{ "extension", "5;\x01\r\n" },
		{ "extension", "5;\xc3\xa9\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct refusal r;
		uint64_t size = 99;
		size_t used = 0;

		check_accepted(CHUNK, good[i].text);
		http_chunk_read(good[i].text, strlen(good[i].text), &size, &used, &r);
		check_number("size", size, good[i].size, good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(CHUNK, bad[i].text, strlen(bad[i].text), 400, bad[i].reason);
}

static void reads_trailers(void **state)
{
	static const char *const good[] = { "\r\n", "X: y\r\n\r\n",
		"Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n" };
	static const struct {
		const char *reason, *text;
	} bad[] = {
		{ "CRLF", "\n" },
		{ "CRLF", "X: y\n\r\n" },
		{ "CRLF", "X: y\r\n\n" },
		{ "folded", "X: y\r\n z\r\n\r\n" },
		{ "colon", "GET / HTTP/1.1\r\n\r\n" },
		{ "not one word", "X : y\r\n\r\n" },
		{ "not printable", "X: \x01\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		check_accepted(TRAILER, good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(TRAILER, bad[i].text, strlen(bad[i].text), 400, bad[i].reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_requests),
		cmocka_unit_test(takes_requests_apart),
		cmocka_unit_test(leaves_results_alone_on_refusal),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(refuses_what_never_ends),
		cmocka_unit_test(counts_headers),
		cmocka_unit_test(compares_types),
		cmocka_unit_test(takes_responses_apart),
		cmocka_unit_test(reads_what_engines_say_of_themselves),
		cmocka_unit_test(refuses_responses),
		cmocka_unit_test(knows_which_answers_have_a_body),
		cmocka_unit_test(reads_chunks),
		cmocka_unit_test(reads_trailers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
