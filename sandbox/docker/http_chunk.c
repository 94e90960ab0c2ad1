#include "sandbox/docker/http_chunk.h"

#include "sandbox/docker/http_head.h"

#define CHUNK_DIGITS 15

static int hex_digit(char c)
{
	return http_is_digit(c)       ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static int chunk_size_read(struct span digits, uint64_t *ret, struct refusal *r)
{
	uint64_t size = 0;
	bool good = digits.n > 0 && digits.n <= CHUNK_DIGITS;

	for (size_t i = 0; good && i < digits.n; i++) {
		good = hex_digit(digits.s[i]) >= 0;
		size = size * 16 + (uint64_t)(good ? hex_digit(digits.s[i]) : 0);
	}
	if (!good)
		return refuse(r, 400, "chunk: the size is not a number: '%.*s'", http_shown(digits),
			digits.s);
	*ret = size;
	return 0;
}

int http_chunk_read(
	const char *bytes, size_t n, uint64_t *ret_size, size_t *ret_used, struct refusal *r)
{
	struct span digits, extension, line;
	bool whole;
	size_t used;

	line = http_line_at(bytes, n, HTTP_CHUNK_LINE, &whole);
	if (!whole)
		return n < HTTP_CHUNK_LINE
			       ? 0
			       : refuse(r, 400, "chunk: its first line has more than %d bytes",
					 HTTP_CHUNK_LINE);
	used = line.n;
	if (http_line_end(&line, 400, "chunk", r) < 0)
		return -1;
	digits = span_cut(line, ';', &extension);
	if (!http_is_printable(extension, true))
		return refuse(r, 400, "chunk: an extension that is not printable ASCII");
	if (chunk_size_read(digits, ret_size, r) < 0)
		return -1;
	*ret_used = used;
	return 1;
}

int http_trailer_read(const char *bytes, size_t n, size_t *ret_used, struct refusal *r)
{
	struct span line, name, value;
	bool whole;

	for (size_t used = 0;;) {
		line = http_line_at(bytes + used, n - used, HTTP_TRAILER_BYTES - used, &whole);
		if (!whole)
			return n < HTTP_TRAILER_BYTES
				       ? 0
				       : refuse(r, 413, "trailer: more than %d bytes",
						 HTTP_TRAILER_BYTES);
		used += line.n;
		if (http_line_end(&line, 400, "trailer", r) < 0)
			return -1;
		if (line.n == 0) {
			*ret_used = used;
			return 1;
		}
		if (http_field_split(line, 400, "trailer", &name, &value, r) < 0)
			return -1;
	}
}
