#include "sandbox/broker/context_source.h"

#include "sandbox/base/own.h"

#include <string.h>

#define PACKED_BYTES (32 * 1024)

void context_source_init(struct context_source *in, struct body_reader *body, uint64_t most)
{
	*in = (struct context_source){ .body = body, .most = most };
}

void context_source_release(struct context_source *in)
{
	if (in->packed)
		inflateEnd(&in->z);
	free(in->packed_bytes);
}

bool context_source_is_plain(const struct context_source *in)
{
	return in->begun && !in->packed;
}

static ssize_t plain_read(struct context_source *in, char *ret, size_t n, struct refusal *r)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = body_reader_read(in->body, ret + have, n - have, r);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* More packed bytes: 1, 0 at the end, -1. */
static int refill(struct context_source *in, struct refusal *r)
{
	ssize_t got;

	/* A peer that is never slower than we are would keep everybody else waiting. */
	fiber_yield(in->body->from->loop);
	got = body_reader_read(in->body, (char *)in->packed_bytes, PACKED_BYTES, r);
	if (got <= 0)
		return (int)got;
	in->z.next_in = in->packed_bytes;
	in->z.avail_in = (unsigned)got;
	return 1;
}

/* One step of zlib. 1: go on, 0: the end, -1. */
static int unpack_step(struct context_source *in, struct refusal *r)
{
	int result;

	if (in->z.avail_in == 0) {
		int more = refill(in, r);

		if (more < 0)
			return -1;
		if (more == 0)
			return in->member_ended ? 0
						: refuse(r, 400, "the packed context is cut short");
	}
	if (in->member_ended) { /* gzip(1): members may follow one another */
		inflateReset(&in->z);
		in->member_ended = false;
	}
	result = inflate(&in->z, Z_NO_FLUSH);
	if (result == Z_STREAM_END)
		in->member_ended = true;
	else if (result != Z_OK && result != Z_BUF_ERROR)
		return refuse(r, 400, "the packed context is not gzip");
	return 1;
}

static ssize_t packed_read(struct context_source *in, char *ret, size_t n, struct refusal *r)
{
	in->z.next_out = (unsigned char *)ret;
	in->z.avail_out = (unsigned)n;
	while (in->z.avail_out > 0) {
		int more = unpack_step(in, r);

		if (more < 0)
			return -1;
		if (more == 0)
			break;
	}
	return (ssize_t)(n - in->z.avail_out);
}

/* Which packing the first bytes tell, NULL if it is none. */
static const char *packing(const char *s, size_t n)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *name;
	} rows[] = { { "\x1f\x8b\x08", 3, "gzip" }, { "BZh", 3, "bzip2" },
		{ "\xfd"
		  "7zXZ",
			5, "xz" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (n >= rows[i].n && memcmp(s, rows[i].magic, rows[i].n) == 0)
			return rows[i].name;
	return NULL;
}

static int start_unpacking(
	struct context_source *in, const char *first, size_t n, struct refusal *r)
{
	in->packed_bytes = malloc(PACKED_BYTES);
	if (in->packed_bytes == NULL || inflateInit2(&in->z, 16 + MAX_WBITS) != Z_OK)
		return refuse_memory(r);
	in->packed = true;
	memcpy(in->packed_bytes, first, n);
	in->z.next_in = in->packed_bytes;
	in->z.avail_in = (unsigned)n;
	return 0;
}

static ssize_t first_read(struct context_source *in, char *ret, size_t n, struct refusal *r)
{
	ssize_t got = plain_read(in, ret, n, r);
	const char *name = got > 0 ? packing(ret, (size_t)got) : NULL;

	in->begun = true;
	if (got < 0 || name == NULL)
		return got;
	if (strcmp(name, "gzip") != 0)
		return refuse(r, 400,
			"a build context in %s is not read here: send a tar, plain or gzip", name);
	if (start_unpacking(in, ret, (size_t)got, r) < 0)
		return -1;
	return packed_read(in, ret, n, r);
}

ssize_t context_source_read(struct context_source *in, char *ret, size_t n, struct refusal *r)
{
	ssize_t got = !in->begun   ? first_read(in, ret, n, r)
		      : in->packed ? packed_read(in, ret, n, r)
				   : plain_read(in, ret, n, r);

	if (got > 0)
		in->taken += (uint64_t)got;
	if (got > 0 && in->taken > in->most)
		return refuse(r, 413, "the build context is larger than %llu bytes",
			(unsigned long long)in->most);
	return got;
}
