/* sandbox/net/http_gate.c and what it is made of: which requests come through and as what, and what
 * a server behind it could read in another way. Every row also comes in two pieces, cut at each
 * byte, and byte by byte.
 */
#include "sandbox/base/own.h"
#include "sandbox/net/http_gate.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define LOGIN "Authorization: Basic bWU6cHc=\r\n"
#define GET   "GET /a HTTP/1.1\r\n"
#define POST  "POST /a HTTP/1.1\r\n"
#define HOST  "Host: example.org\r\n"
#define END   "\r\n"

static const struct http_goal dialled = { .name = "example.org", .port = 80 };

/* What came of an input. */
struct verdict {
	enum http_gate_event event; /* the last one that is not MORE, or MORE */
	size_t used;                /* up to there */
	int status;
	uint64_t requests;
	char reason[240];
	struct http_goal goal;
	char out[4096];
	bool started; /* the proxy has said TARGET */
};

static void feed(struct http_gate *gate, const char *bytes, size_t n, struct verdict *v)
{
	own_mem char *exact = malloc(n + (n == 0));
	size_t used = 0;

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	for (size_t at = 0; v->event == HTTP_GATE_MORE;) {
		enum http_gate_event event = http_gate_take(gate, exact + at, n - at, &used);

		assert_true(used <= n - at);
		at += used;
		v->used += used;
		if (event == HTTP_GATE_TARGET) {
			assert_false(v->started);
			v->started = true;
			v->goal = gate->goal;
			continue;
		}
		v->event = event;
		if (event == HTTP_GATE_MORE) {
			assert_int_equal(at, n);
			return;
		}
	}
}

static const struct http_credentials *logins; /* of the gates that are made */

/* The pieces: the first `cut` bytes, and then `each`. */
static void run(const struct http_goal *goal, const char *bytes, size_t n, size_t cut, size_t each,
	struct verdict *ret)
{
	struct http_gate gate = { .dialled = goal, .credentials = logins };

	memset(ret, 0, sizeof(*ret));
	feed(&gate, bytes, cut, ret);
	for (size_t at = cut; at < n && ret->event == HTTP_GATE_MORE; at += each)
		feed(&gate, bytes + at, n - at < each ? n - at : each, ret);
	ret->status = ret->event == HTTP_GATE_REFUSED ? gate.refused.status : 0;
	ret->requests = gate.requests;
	if (ret->event == HTTP_GATE_CONNECT)
		ret->goal = gate.goal;
	strcpy(ret->reason, gate.refused.reason);
	assert_true(gate.out.n < sizeof(ret->out));
	if (gate.out.n > 0)
		memcpy(ret->out, gate.out.s, gate.out.n);
	http_gate_release(&gate);
}

static void run_all_ways(
	const struct http_goal *goal, const char *bytes, size_t n, struct verdict *ret)
{
	struct verdict other;

	run(goal, bytes, n, n, 1, ret);
	for (size_t cut = 0; cut <= n; cut++) {
		run(goal, bytes, n, cut == n ? 0 : cut, cut == n ? 1 : n, &other);
		if (memcmp(&other, ret, sizeof(other)) != 0)
			fail_msg("cut after %zu: %d '%s' '%s', whole: %d '%s' '%s'", cut,
				other.event, other.reason, other.out, ret->event, ret->reason,
				ret->out);
	}
}

struct row {
	const char *in;
	size_t n;
	const char *out; /* or what the reason has in it */
};
#define ROW(in, out)                                                                               \
	{                                                                                          \
		in, sizeof(in) - 1, out                                                            \
	}

static void check_through(const struct http_goal *goal, const struct row *row)
{
	struct verdict v;

	run_all_ways(goal, row->in, row->n, &v);
	if (v.event == HTTP_GATE_REFUSED)
		fail_msg("refused: '%s': %s", v.reason, row->in);
	assert_int_equal(v.event, goal == NULL ? HTTP_GATE_DONE : HTTP_GATE_MORE);
	assert_string_equal(v.out, row->out);
}

static void check_refused(const struct http_goal *goal, const struct row *row)
{
	struct verdict v;

	run_all_ways(goal, row->in, row->n, &v);
	if (v.event != HTTP_GATE_REFUSED)
		fail_msg("let through (%d): %s", v.event, row->in);
	if (strstr(v.reason, row->out) == NULL)
		fail_msg("'%s', and not '%s': %s", v.reason, row->out, row->in);
	assert_true(v.status >= 400 && v.status < 600);
}

static void behind_a_listener(void **state)
{
	static const struct row rows[] = {
		ROW(GET HOST END, GET HOST END),
		ROW("GET /a HTTP/1.1\r\nhOST:\tEXAMPLE.org.:80 \r\n" END, GET HOST END),
		ROW("GET http://example.org/a HTTP/1.1\r\n" HOST END, GET HOST END),
		ROW("GET HTTP://Example.org:80/a HTTP/1.1\r\n" HOST END, GET HOST END),
		ROW("GET http://example.org?a HTTP/1.1\r\n" HOST END,
			"GET /?a HTTP/1.1\r\n" HOST END),
		ROW("GET http://example.org HTTP/1.1\r\n" HOST END, "GET / HTTP/1.1\r\n" HOST END),
		ROW("OPTIONS http://example.org HTTP/1.1\r\n" HOST END,
			"OPTIONS * HTTP/1.1\r\n" HOST END),
		ROW("OPTIONS * HTTP/1.1\r\n" HOST END, "OPTIONS * HTTP/1.1\r\n" HOST END),
		ROW("M-SEARCH //b/../%2e?q=http://c HTTP/1.1\r\n" HOST END,
			"M-SEARCH //b/../%2e?q=http://c HTTP/1.1\r\n" HOST END),
		ROW("GET /a HTTP/1.0\r\n" HOST END, "GET /a HTTP/1.0\r\n" HOST END),
		ROW("GET /a HTTP/1.0\r\n" HOST "Connection: Keep-Alive\r\n" END,
			"GET /a HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n" END),
		/* Fields: kept as they are, or for this connection alone. */
		ROW(GET "Accept: */*\r\nCookie:a=b;\tc  \r\nx-1:\r\n" HOST
			"Expect: 100-continue\r\n" END,
			GET HOST "Accept: */*\r\nCookie:a=b;\tc  \r\nx-1:\r\n" END),
		ROW(GET HOST "Connection: close , Keep-Alive\r\nKeep-Alive: 1\r\n" END,
			GET HOST "Connection: close\r\n" END),
		ROW(GET HOST "Proxy-Authorization: Basic eA==\r\nPROXY-x: y\r\nProxy: z\r\n" END,
			GET HOST "Proxy: z\r\n" END),
		/* Perl's LWP, and Java's HttpClient. */
		ROW(GET "TE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\n" HOST END,
			GET HOST "Connection: close\r\n" END),
		ROW(GET "Connection: Upgrade, HTTP2-Settings\r\n" HOST
			"HTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c\r\n" END,
			GET HOST END),
		/* Bodies. */
		ROW(POST HOST "Content-Length: 5\r\n" END "ab\r\nc" GET HOST END,
			POST HOST "Content-Length: 5\r\n" END "ab\r\nc" GET HOST END),
		ROW(POST "Content-Length: 0\r\n" HOST END GET HOST END,
			POST HOST "Content-Length: 0\r\n" END GET HOST END),
		ROW(POST HOST
			"Transfer-Encoding: chunked\r\n" END
			"003;a=b\r\na\r\n\r\nA\r\n0123456789\r\n0;x\r\nT: x\r\n" END GET HOST END,
			POST HOST "Transfer-Encoding: chunked\r\n" END
				  "3\r\na\r\n\r\na\r\n0123456789\r\n0\r\n" END GET HOST END),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_through(&dialled, &rows[i]);
}

/* Whatever the client says of Authorization, and to that host alone. */
static void logged_in(void **state)
{
	static const char words[] = "example.org\0Basic bWU6cHc=\0other.example:81\0Bearer t";
	static const struct row rows[] = {
		ROW(GET HOST END, GET HOST LOGIN END),
		ROW(GET HOST "Authorization: Basic b3du\r\nAUTHORIZATION:x\r\nA: b\r\n" END,
			GET HOST "A: b\r\n" LOGIN END),
		ROW(GET HOST "Connection: close\r\nX-Authorization: y\r\n" END,
			GET HOST "X-Authorization: y\r\n" LOGIN "Connection: close\r\n" END),
		ROW(GET HOST END GET HOST END, GET HOST LOGIN END GET HOST LOGIN END),
	};
	static const char *const echoes[] = { "TRACE", "trace", "TRACK", "DEBUG" };
	struct http_credentials credentials;
	char request[128];

	(void)state;
	assert_int_equal(http_credentials_read(words, sizeof(words), &credentials), 0);
	assert_int_equal(credentials.n, 2);
	logins = &credentials;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_through(&dialled, &rows[i]);
	for (size_t i = 0; i < ARRAY_LEN(echoes); i++) {
		snprintf(request, sizeof(request), "%s / HTTP/1.1\r\n" HOST END, echoes[i]);
		const struct row row = { request, strlen(request), "would show the build" };

		check_refused(&dialled, &row);
	}
	/* the same host by another port is another one */
	const struct http_goal other = { .name = "example.org", .port = 81 };
	static const struct row elsewhere = ROW(GET "Host: example.org:81\r\n"
						    "Authorization: mine\r\n" END,
		GET "Host: example.org:81\r\n"
		    "Authorization: mine\r\n" END);

	check_through(&other, &elsewhere);
	logins = NULL;
}

static void wrong_logins(void **state)
{
	static const struct {
		const char *words;
		size_t n;
	} rows[] = {
		{ "example.org", 11 },
		{ "example.org\0Basic x", 19 },
		{ "example.org\0", 12 },
		{ "example.org\0\0", 13 },
		{ "*.org\0x", 8 },
		{ "\0x", 3 },
		{ "http://example.org\0x", 21 },
		{ "example.org\0x\0more", 19 },
	};
	struct http_credentials credentials;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(http_credentials_read(rows[i].words, rows[i].n, &credentials), -1);
	assert_int_equal(http_credentials_read("", 0, &credentials), 0);
	assert_null(http_credentials_find(&credentials, &dialled));
	assert_null(http_credentials_find(NULL, &dialled));
}

static void other_hosts(void **state)
{
	static const struct row rows[] = {
		ROW(GET "Host: evil.org\r\n" END, "another host"),
		ROW(GET HOST END GET "Host: evil.org\r\n" END, "another host"),
		ROW(POST HOST "Content-Length: 1\r\n" END "x" GET "Host: evil.org\r\n" END,
			"another host"),
		ROW(GET "Host: example.org:81\r\n" END, "another host"),
		ROW(GET "Host: example.org.evil.org\r\n" END, "another host"),
		ROW(GET "Host: www.example.org\r\n" END, "another host"),
		ROW(GET "Host: 10.0.0.1\r\n" END, "another host"),
		ROW(GET "Host: [::1]\r\n" END, "another host"),
		ROW("GET http://evil.org/ HTTP/1.1\r\n" HOST END, "two hosts"),
		ROW("GET http://example.org/ HTTP/1.1\r\nHost: evil.org\r\n" END, "two hosts"),
		ROW("GET http://example.org:81/ HTTP/1.1\r\n" HOST END, "two hosts"),
		ROW("GET http://evil.org/ HTTP/1.1\r\nHost: evil.org\r\n" END, "another host"),
		ROW(GET END, "no Host"),
		ROW("GET /a HTTP/1.0\r\n" END, "no Host"),
		ROW("GET http://example.org/ HTTP/1.0\r\n" END, "no Host"),
		ROW(GET HOST HOST END, "twice"),
		ROW(GET HOST "host: evil.org\r\n" END, "twice"),
		ROW(GET "Host:\r\n" END, "Host does not"),
		ROW(GET "Host: example.org, evil.org\r\n" END, "Host does not"),
		ROW(GET "Host: example.org evil.org\r\n" END, "Host does not"),
		ROW(GET "Host: x@example.org\r\n" END, "Host does not"),
		ROW(GET "Host: example.org@evil.org\r\n" END, "Host does not"),
		ROW(GET "Host: example.org:\r\n" END, "Host does not"),
		ROW(GET "Host: example.org:080\r\n" END, "Host does not"),
		ROW(GET "Host: example.org:80:80\r\n" END, "Host does not"),
		ROW(GET "Host: example.org/\r\n" END, "Host does not"),
		ROW(GET "Host: http://example.org\r\n" END, "Host does not"),
		ROW(GET "Host: example.org\\evil.org\r\n" END, "Host does not"),
		ROW(GET "Host: example.org..\r\n" END, "Host does not"),
		ROW(GET "Host: 0x7f.1\r\n" END, "Host does not"),
		ROW(GET "Host: example%2eorg\r\n" END, "Host does not"),
		ROW(GET "Host: example.org\0\r\n" END, "not printable"),
		ROW(GET "Host: example.org\v\r\n" END, "not printable"),
		ROW(GET "Host : example.org\r\n" END, "not one word"),
		ROW(GET " Host: example.org\r\n" END, "folded"),
		ROW(GET HOST " evil.org\r\n" END, "folded"),
		ROW(GET "Host: example.org\r\n\tevil.org\r\n" END, "folded"),
		ROW("GET http://x@example.org/ HTTP/1.1\r\n" HOST END, "does not name"),
		ROW("GET http://example.org@evil.org/ HTTP/1.1\r\n" HOST END, "does not name"),
		ROW("GET http://example.org\\@evil.org/ HTTP/1.1\r\n" HOST END, "does not name"),
		ROW("GET http://evil.org#@example.org/ HTTP/1.1\r\n" HOST END, "not a target"),
		ROW("GET http:///a HTTP/1.1\r\n" HOST END, "does not name"),
		ROW("GET http://?example.org HTTP/1.1\r\n" HOST END, "does not name"),
		ROW("GET https://example.org/ HTTP/1.1\r\n" HOST END, "neither"),
		ROW("GET http:/example.org/ HTTP/1.1\r\n" HOST END, "neither"),
		ROW("GET example.org HTTP/1.1\r\n" HOST END, "neither"),
		ROW("GET * HTTP/1.1\r\n" HOST END, "neither"),
		ROW("OPTIONS *a HTTP/1.1\r\n" HOST END, "neither"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_refused(&dialled, &rows[i]);
}

static void smuggled(void **state)
{
	static const struct row rows[] = {
		ROW("\r\n" GET HOST END, "does not begin"),
		ROW("\x16\3\1\2", "does not begin"),
		ROW(" GET / HTTP/1.1\r\n" HOST END, "does not begin"),
		ROW("GET /\r\n", "first line"),
		ROW("GET\r\n", "first line"),
		ROW("GET  / HTTP/1.1\r\n" HOST END, "not a target"),
		ROW("GET /  HTTP/1.1\r\n" HOST END, "version"),
		ROW("GET / HTTP/1.1 \r\n" HOST END, "version"),
		ROW("GET\t/ HTTP/1.1\r\n" HOST END, "not that of HTTP"),
		ROW("GE(T / HTTP/1.1\r\n" HOST END, "not that of HTTP"),
		ROW("GET /\tx HTTP/1.1\r\n" HOST END, "not a target"),
		ROW("GET /\0 HTTP/1.1\r\n" HOST END, "not a target"),
		ROW("GET /\303\244 HTTP/1.1\r\n" HOST END, "not a target"),
		ROW("GET /a#b HTTP/1.1\r\n" HOST END, "not a target"),
		ROW("GET / http/1.1\r\n" HOST END, "version"),
		ROW("GET / HTTP/1.2\r\n" HOST END, "version"),
		ROW("GET / HTTP/0.9\r\n" HOST END, "version"),
		ROW("GET / HTTP/2.0\r\n" HOST END, "version"),
		ROW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
		ROW("CONNECT example.org:80 HTTP/1.1\r\n" HOST END, "proxy"),
		ROW("GET / HTTP/1.1\n" HOST END, "CRLF"),
		ROW(GET "Host: example.org\n" END, "CRLF"),
		ROW(GET HOST "\n", "CRLF"),
		ROW(GET HOST "A: b\rC: d\r\n" END, "not printable"),
		ROW(GET HOST "A: b\0\r\n" END, "not printable"),
		ROW(GET HOST "A: \200\r\n" END, "not printable"),
		ROW(GET HOST "no colon\r\n" END, "without a colon"),
		ROW(GET HOST ": x\r\n" END, "not one word"),
		ROW(GET HOST "A\0: x\r\n" END, "not one word"),
		ROW(POST HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END,
			"together"),
		ROW(POST HOST "Content-Length: 5\r\nContent-Length: 5\r\n" END, "twice"),
		ROW(POST HOST "Content-Length: 5\r\ncontent-length: 6\r\n" END, "twice"),
		ROW(POST HOST "Content-Length: +5\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length: -5\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length: 5, 5\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length: 0x5\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length: 05\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length:\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length: 99999999999999999999\r\n" END, "not a number"),
		ROW(POST HOST "Content-Length : 5\r\n" END, "not one word"),
		ROW(POST HOST "Content_Length: 5\r\n" END, "Content_Length"),
		ROW(POST HOST "transfer_encoding: chunked\r\n" END, "transfer_encoding"),
		ROW(POST HOST "Transfer.Encoding: chunked\r\n" END, "Transfer.Encoding"),
		ROW(POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END,
			"twice"),
		ROW(POST HOST "Transfer-Encoding: gzip, chunked\r\n" END, "not 'chunked'"),
		ROW(POST HOST "Transfer-Encoding: identity\r\n" END, "not 'chunked'"),
		ROW(POST HOST "Transfer-Encoding: xchunked\r\n" END, "not 'chunked'"),
		ROW(POST HOST "Transfer-Encoding: \vchunked\r\n" END, "not printable"),
		ROW("POST /a HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END, "HTTP/1.0"),
		ROW(POST HOST "Expect: 200-ok\r\n" END, "Expect"),
		ROW(GET HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" END, "Upgrade"),
		ROW(GET HOST "Upgrade: h2c, websocket\r\n" END, "Upgrade"),
		ROW(GET HOST "Upgrade: TLS/1.0\r\n" END, "Upgrade"),
		ROW(GET HOST "Connection: upgrade\r\n" END, "Connection names"),
		ROW(GET HOST "Connection: close, Host\r\n" END, "Connection names"),
		ROW(GET HOST "Connection: Content-Length\r\n" END, "Connection names"),
		ROW(GET HOST "Connection: ,\r\n" END, "list of words"),
#define CHUNKS POST HOST "Transfer-Encoding: chunked\r\n" END
		ROW(CHUNKS "\r\n", "not a number"),
		ROW(CHUNKS "-1\r\n", "not a number"),
		ROW(CHUNKS "0x1\r\n", "not a number"),
		ROW(CHUNKS "1 \r\n", "not a number"),
		ROW(CHUNKS " 1\r\n", "not a number"),
		ROW(CHUNKS "1\n", "CRLF"),
		ROW(CHUNKS "1000000000000000\r\n", "not a number"),
		ROW(CHUNKS "1;a\nb\r\n", "CRLF"),
		ROW(CHUNKS "1;a\rb\r\n", "extension"),
		ROW(CHUNKS "1;\0\r\n", "extension"),
		ROW(CHUNKS "1\r\nab\r\n", "where it said"),
		ROW(CHUNKS "1\r\na\n", "where it said"),
		ROW(CHUNKS "1\r\na\rb", "where it said"),
		ROW(CHUNKS "0\r\nHost: x\n", "CRLF"),
		ROW(CHUNKS "0\r\n folded\r\n", "folded"),
		ROW(CHUNKS "0\r\nGET / HTTP/1.1\r\n", "colon"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_refused(&dialled, &rows[i]);
}

static void at_the_proxy(void **state)
{
#define TO   "GET http://example.org/a HTTP/1.1\r\n"
#define LAST "Connection: close\r\n" END
	static const struct row through[] = {
		ROW(TO HOST END, GET HOST LAST),
		ROW(TO HOST "Proxy-Connection: Keep-Alive\r\nConnection: keep-alive\r\n" END,
			GET HOST LAST),
		ROW("GET http://example.org:8080/a HTTP/1.1\r\nHost: EXAMPLE.org:8080\r\n" END,
			GET "Host: example.org:8080\r\n" LAST),
		ROW("GET http://[2606:4700:0::1]/a HTTP/1.1\r\nHost: [2606:4700::1]\r\n" END,
			GET "Host: [2606:4700::1]\r\n" LAST),
		ROW("GET http://10.0.0.1:81/a HTTP/1.1\r\nHost: 10.0.0.1:81\r\n" END,
			GET "Host: 10.0.0.1:81\r\n" LAST),
		ROW("GET http://example.org/a HTTP/1.0\r\n" END, "GET /a HTTP/1.0\r\n" HOST LAST),
		ROW("POST http://example.org/a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END
		    "a\r\n",
			POST HOST "Content-Length: 3\r\n" LAST "a\r\n"),
		ROW("POST http://example.org/a HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n" END "1\r\na\r\n0\r\n" END,
			POST HOST "Transfer-Encoding: chunked\r\n" LAST "1\r\na\r\n0\r\n" END),
	};
	static const struct row refused[] = {
		ROW(GET HOST END, "no host"),
		ROW("OPTIONS * HTTP/1.1\r\n" HOST END, "no host"),
		ROW(TO END, "no Host"),
		ROW(TO "Host: evil.org\r\n" END, "two hosts"),
		ROW("GET ftp://example.org/a HTTP/1.1\r\n" HOST END, "neither"),
		ROW("CONNECT example.org HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT example.org: HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT example.org:0 HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT http://example.org:80 HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT example.org:80/ HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT x@example.org:80 HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT 127.1:80 HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT [::1%25lo]:80 HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT ::1:80 HTTP/1.1\r\n" HOST END, "with a port"),
		ROW("CONNECT example.org:443 HTTP/1.1\r\n" END, "no Host"),
		ROW("CONNECT example.org:443 HTTP/1.1\r\nHost: evil.org:443\r\n" END, "two hosts"),
		ROW("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:80\r\n" END,
			"two hosts"),
		ROW("CONNECT example.org:443 HTTP/1.1\r\n" HOST "Content-Length: 1\r\n" END,
			"body"),
		ROW("CONNECT example.org:443 HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n" END,
			"body"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(through); i++)
		check_through(NULL, &through[i]);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		check_refused(NULL, &refused[i]);
}

/* What stands behind the one request, or a CONNECT, is not taken. */
static void nothing_behind(void **state)
{
	static const char one[] = TO HOST END, two[] = TO HOST END "GET http://evil.org/";
	static const char connects[][96] = {
		"CONNECT Example.org:8443 HTTP/1.1\r\nHost: example.org:8443\r\n\r\n",
		"CONNECT example.org.:8443 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
		"CONNECT example.org:8443 HTTP/1.0\r\nUser-Agent: x\r\n\r\n",
	};
	char behind[512];
	struct verdict v;

	(void)state;
	run_all_ways(NULL, two, sizeof(two) - 1, &v);
	assert_int_equal(v.event, HTTP_GATE_DONE);
	assert_int_equal(v.used, sizeof(one) - 1);
	assert_true(v.started);
	assert_string_equal(v.goal.name, "example.org");
	assert_int_equal(v.goal.port, 80);
	assert_int_equal(v.requests, 1);
	for (size_t i = 0; i < ARRAY_LEN(connects); i++) {
		snprintf(behind, sizeof(behind), "%s\x16\3\1", connects[i]);
		run_all_ways(NULL, behind, strlen(behind), &v);
		assert_int_equal(v.event, HTTP_GATE_CONNECT);
		assert_int_equal(v.used, strlen(connects[i]));
		assert_string_equal(v.goal.name, "example.org");
		assert_int_equal(v.goal.port, 8443);
		assert_string_equal(v.out, "");
	}
}

/* Refused at the same byte, in whatever pieces it comes. */
static void too_long(void **state)
{
	static char bytes[2 * HTTP_GATE_BYTES];
	struct verdict whole, other;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	run(&dialled, bytes, sizeof(bytes), sizeof(bytes), 1, &whole);
	assert_int_equal(whole.status, 413);
	assert_true(whole.used <= HTTP_GATE_BYTES);
	run(&dialled, bytes, sizeof(bytes), 1, 1000, &other);
	assert_memory_equal(&whole, &other, sizeof(whole));
	memcpy(bytes, GET, sizeof(GET) - 1);
	for (size_t at = sizeof(GET) - 1; at + 5 < sizeof(bytes); at += 5)
		memcpy(bytes + at, "a:b\r\n", 5);
	run(&dialled, bytes, sizeof(bytes), 1, 999, &whole);
	assert_int_equal(whole.status, 413);
	assert_true(whole.used <= HTTP_GATE_BYTES);
	bytes[strlen(GET) + 101 * 5] = '\r';
	bytes[strlen(GET) + 101 * 5 + 1] = '\n';
	run(&dialled, bytes, sizeof(bytes), sizeof(bytes), 1, &whole);
	assert_non_null(strstr(whole.reason, "more than 100"));
}

/* One of tests/fuzz/corpus/http_gate, whose first byte is for the fuzz target. */
static size_t corpus(const char *name, char *ret, size_t size)
{
	char path[128];
	size_t n;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/http_gate/%s", name);
	own_file FILE *file = fopen(path, "re");
	assert_non_null(file);
	n = fread(ret, 1, size, file);
	assert_true(n > 1 && n < size);
	memmove(ret, ret + 1, n - 1);
	return n - 1;
}

/* What clients say by themselves goes through. */
static void real_clients(void **state)
{
	static const char *const listener[] = { "curl", "curl-1.0", "curl-chunked", "curl-h2c",
		"curl-post", "curl-te", "java-h2c", "java-url", "node", "perl", "python", "wget" };
	static const char *const proxy[][2] = {
		{ "proxy-apt", "deb.debian.org:80" },
		{ "proxy-curl", "example.org:80" },
		{ "proxy-perl", "example.org:80" },
		{ "proxy-python", "example.org:80" },
		{ "proxy-wget", "example.org:80" },
		{ "proxy-cargo-connect", "index.crates.io:443" },
		{ "proxy-curl-connect", "example.org:443" },
		{ "proxy-git-connect", "example.org:443" },
		{ "proxy-java-connect", "example.org:443" },
		{ "proxy-npm-connect", "registry.npmjs.org:443" },
		{ "proxy-pip-connect", "pypi.org:443" },
		{ "proxy-python-connect", "example.org:443" },
		{ "proxy-python312-connect", "example.org:443" },
		{ "proxy-wget-connect", "example.org:443" },
	};
	char bytes[4096], goal[HTTP_GOAL_TEXT];
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(listener); i++) {
		run_all_ways(&dialled, bytes, corpus(listener[i], bytes, sizeof(bytes)), &v);
		if (v.event != HTTP_GATE_MORE || v.requests != 1)
			fail_msg("%s: %s", listener[i], v.reason);
	}
	for (size_t i = 0; i < ARRAY_LEN(proxy); i++) {
		bool connect = strstr(proxy[i][0], "connect") != NULL;

		run_all_ways(NULL, bytes, corpus(proxy[i][0], bytes, sizeof(bytes)), &v);
		if (v.event != (connect ? HTTP_GATE_CONNECT : HTTP_GATE_DONE))
			fail_msg("%s: %s", proxy[i][0], v.reason);
		assert_string_equal(http_goal_write(&v.goal, 0, goal), proxy[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_a_listener),
		cmocka_unit_test(logged_in),
		cmocka_unit_test(wrong_logins),
		cmocka_unit_test(other_hosts),
		cmocka_unit_test(smuggled),
		cmocka_unit_test(at_the_proxy),
		cmocka_unit_test(nothing_behind),
		cmocka_unit_test(too_long),
		cmocka_unit_test(real_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
