/* What http_*.c accept uses no more bytes than there are, is refused or accepted alike
 * however the bytes arrive, and, written anew from what was understood, means the same.
 * "HTTP/" begins a response, a digit or small letter a chunk with a trailer behind it,
 * anything else a request.
 */

#include "sandbox/docker/http_chunk.h"
#include "sandbox/docker/http_request.h"
#include "sandbox/docker/http_response.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PREFIXES 48 /* of each input that are tried */

struct verdict {
	int result;
	size_t used;
	struct refusal refusal;
};

typedef struct verdict (*reader)(const char *bytes, size_t n);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct verdict read_request(const char *bytes, size_t n)
{
	struct http_request request;
	struct verdict v = { 0 };

	v.result = http_request_read(bytes, n, &request, &v.used, &v.refusal);
	return v;
}

static struct verdict read_response(const char *bytes, size_t n)
{
	struct http_response response;
	struct verdict v = { 0 };

	v.result = http_response_read(bytes, n, &response, &v.used, &v.refusal);
	return v;
}

static struct verdict read_chunk(const char *bytes, size_t n)
{
	struct verdict v = { 0 };
	uint64_t size;

	v.result = http_chunk_read(bytes, n, &size, &v.used, &v.refusal);
	return v;
}

static struct verdict read_trailer(const char *bytes, size_t n)
{
	struct verdict v = { 0 };

	v.result = http_trailer_read(bytes, n, &v.used, &v.refusal);
	return v;
}

/* Before its last byte nothing is accepted, and what is refused early stays so. */
static void check_prefix(const struct verdict *whole, reader read, const char *bytes, size_t n)
{
	struct verdict v = read(bytes, n);

	if (v.result == 1)
		require(whole->result == 1 && v.used == whole->used);
	if (v.result == -1)
		require(whole->result == -1 && v.refusal.status == whole->refusal.status &&
			strcmp(v.refusal.reason, whole->refusal.reason) == 0);
	if (v.result == 0)
		require(whole->result != 1 || n < whole->used);
}

static struct verdict check_reader(reader read, const char *bytes, size_t n)
{
	struct verdict whole = read(bytes, n);
	size_t step = n / PREFIXES + 1;

	require(whole.result >= -1 && whole.result <= 1);
	require(whole.result != 1 || (whole.used > 0 && whole.used <= n));
	require(whole.result != -1 ||
		(whole.refusal.reason[0] != '\0' && whole.refusal.status >= 400 &&
			whole.refusal.status < 600));
	for (size_t i = 0; i < n; i += step)
		check_prefix(&whole, read, bytes, i);
	if (whole.result == 1) {
		check_prefix(&whole, read, bytes, whole.used);
		check_prefix(&whole, read, bytes, whole.used - 1);
	}
	return whole;
}

static void check_span(struct span a, struct span b)
{
	require((a.s == NULL) == (b.s == NULL) && a.n == b.n &&
		(a.n == 0 || memcmp(a.s, b.s, a.n) == 0));
	for (size_t i = 0; i < a.n; i++)
		require((a.s[i] >= 0x20 && a.s[i] < 0x7f) || a.s[i] == '\t');
}

static void write_span(struct text *out, const char *name, struct span value)
{
	if (value.s == NULL)
		return;
	text_format(out, "%s: ", name);
	text_add(out, value.s, value.n);
	text_word(out, "\r\n");
}

static void write_framing(struct text *out, bool chunked, bool has_length, uint64_t length)
{
	if (chunked)
		text_word(out, "Transfer-Encoding: chunked\r\n");
	if (has_length)
		text_format(out, "Content-Length: %ju\r\n", (uintmax_t)length);
}

static void write_request(struct text *out, const struct http_request *q)
{
	static const char *const upgrades[] = { "", "Upgrade: tcp\r\n", "Upgrade: h2c\r\n",
		"Upgrade: other\r\n" };

	text_format(out, "%s ", http_method_name(q->method));
	text_add(out, q->target.s, q->target.n);
	text_word(out, " HTTP/1.1\r\nHost: docker\r\n");
	write_framing(out, q->chunked, q->has_length, q->length);
	if (q->expect_continue)
		text_word(out, "Expect: 100-continue\r\n");
	if (q->close || q->connection_upgrade)
		text_format(out, "Connection: %s%s%s\r\n", q->close ? "close" : "",
			q->close && q->connection_upgrade ? ", " : "",
			q->connection_upgrade ? "Upgrade" : "");
	text_word(out, upgrades[q->upgrade]);
	write_span(out, "Content-Type", q->content_type);
	write_span(out, "Content-Encoding", q->content_encoding);
	write_span(out, "X-Registry-Auth", q->registry_auth);
	write_span(out, "X-Registry-Config", q->registry_config);
	text_word(out, "\r\n");
}

static void check_same_request(const struct http_request *a, const struct http_request *b)
{
	require(a->method == b->method && a->chunked == b->chunked &&
		a->has_length == b->has_length && a->length == b->length &&
		a->expect_continue == b->expect_continue && a->close == b->close &&
		a->connection_upgrade == b->connection_upgrade && a->upgrade == b->upgrade);
	require(!(a->chunked && a->has_length) && a->length <= UINT64_C(1) << 62);
	require(a->target.n > 0 && a->target.s[0] == '/');
	check_span(a->target, b->target);
	check_span(a->content_type, b->content_type);
	check_span(a->content_encoding, b->content_encoding);
	check_span(a->registry_auth, b->registry_auth);
	check_span(a->registry_config, b->registry_config);
}

static void fuzz_request(const char *bytes, size_t n)
{
	own_text struct text out = { 0 };
	struct http_request request, again;
	struct refusal r;
	size_t used;

	if (check_reader(read_request, bytes, n).result != 1)
		return;
	http_request_read(bytes, n, &request, &used, &r);
	write_request(&out, &request);
	require(http_request_read(out.s, out.n, &again, &used, &r) == 1 && used == out.n);
	check_same_request(&request, &again);
}

static void write_response(struct text *out, const struct http_response *a)
{
	text_format(out, "HTTP/1.1 %d OK\r\n", a->status);
	write_framing(out, a->chunked, a->has_length, a->length);
	if (a->close || a->upgraded)
		text_format(out, "Connection: %s%s%s\r\n", a->close ? "close" : "",
			a->close && a->upgraded ? ", " : "", a->upgraded ? "Upgrade" : "");
	if (a->upgraded)
		text_word(out, "Upgrade: tcp\r\n");
	write_span(out, "Content-Type", a->content_type);
	write_span(out, "X-Docker-Container-Path-Stat", a->path_stat);
	write_span(out, "Api-Version", a->api_version);
	write_span(out, "Ostype", a->os_type);
	write_span(out, "Docker-Experimental", a->experimental);
	text_word(out, "\r\n");
}

static void fuzz_response(const char *bytes, size_t n)
{
	own_text struct text out = { 0 };
	struct http_response a, b;
	struct refusal r;
	size_t used;

	if (check_reader(read_response, bytes, n).result != 1)
		return;
	http_response_read(bytes, n, &a, &used, &r);
	write_response(&out, &a);
	require(http_response_read(out.s, out.n, &b, &used, &r) == 1 && used == out.n);
	require(a.status == b.status && a.chunked == b.chunked && a.has_length == b.has_length &&
		a.length == b.length && a.close == b.close && a.upgraded == b.upgraded);
	require(!(a.chunked && a.has_length) && a.status >= 100 && a.status <= 599);
	check_span(a.content_type, b.content_type);
	check_span(a.path_stat, b.path_stat);
	check_span(a.api_version, b.api_version);
	check_span(a.os_type, b.os_type);
	check_span(a.experimental, b.experimental);
}

static void fuzz_chunk(const char *bytes, size_t n)
{
	struct verdict v = check_reader(read_chunk, bytes, n);
	own_text struct text out = { 0 };
	uint64_t size, again;
	struct refusal r;
	size_t used;

	if (v.result != 1)
		return;
	http_chunk_read(bytes, n, &size, &used, &r);
	text_format(&out, "%jx\r\n", (uintmax_t)size);
	require(http_chunk_read(out.s, out.n, &again, &used, &r) == 1 && used == out.n);
	require(size == again && size >> 60 == 0);
	check_reader(read_trailer, bytes + v.used, n - v.used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	char first = size > 0 ? bytes[0] : '\0';

	if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		fuzz_response(bytes, size);
	else if ((first >= '0' && first <= '9') || (first >= 'a' && first <= 'z'))
		fuzz_chunk(bytes, size);
	else
		fuzz_request(bytes, size);
	return 0;
}
