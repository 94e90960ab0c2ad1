/* Where a body stands. Its framing says which of the states there are:
 *
 * - FRAMING_NONE      ended, from the start
 * - FRAMING_LENGTH    left > 0, then ended
 * - FRAMING_CLOSE     left is UINT64_MAX; ended by the end of the connection
 * - FRAMING_CHUNKED   a chunk's line is due; in_chunk, left > 0: its data; in_chunk, left == 0:
 *                     the CRLF behind them, and then a line again. The line of a chunk of
 *                     no length leads to at_trailers, and these to ended
 *
 * body_reader_next() moves through everything that is not data, and may be left at any point
 * with -1 where a stream is hurried: it goes on from there when it is called again. Who takes
 * data counts them (body_reader_count()), whether they were read or spliced. */
#include "sandbox/broker/body_reader.h"

#include "sandbox/docker/http_chunk.h"

#include <string.h>

/* What is read past a chunk's line has to be copied, so no more is read than the line may
 * have; the next one mostly is as long as the last. */
#define CHUNK_READ 32
#define SMALL_READ 4096

int body_reader_cut_short(struct refusal *r)
{
	return refuse(r, 400, "the connection ended before the body did");
}

static int chunk_line(struct body_reader *body, struct refusal *r)
{
	struct stream *s = body->from;

	for (;;) {
		size_t n, used;
		const char *bytes = stream_bytes(s, &n);
		int got = http_chunk_read(bytes, n, &body->left, &used, r);

		if (got < 0)
			return -1;
		if (got > 0) {
			stream_consume(s, used);
			body->in_chunk = body->left > 0;
			body->at_trailers = body->left == 0;
			body->line_bytes = used;
			return 0;
		}
		if (stream_fill(s, CHUNK_READ) <= 0)
			return body_reader_cut_short(r);
	}
}

static int chunk_end(struct body_reader *body, struct refusal *r)
{
	struct stream *s = body->from;
	const char *bytes;
	size_t n;

	while (bytes = stream_bytes(s, &n), n < 2)
		if (stream_fill(s, 2 - n + body->line_bytes) <= 0)
			return body_reader_cut_short(r);
	if (bytes[0] != '\r' || bytes[1] != '\n')
		return refuse(r, 400, "a chunk is longer than it said");
	stream_consume(s, 2);
	body->in_chunk = false;
	return 0;
}

static int trailers(struct body_reader *body, struct refusal *r)
{
	struct stream *s = body->from;

	for (;;) {
		size_t n, used;
		const char *bytes = stream_bytes(s, &n);
		int got = http_trailer_read(bytes, n, &used, r);

		if (got < 0)
			return -1;
		if (got > 0) {
			stream_consume(s, used);
			body->ended = true;
			return 0;
		}
		if (stream_fill(s, CHUNK_READ) <= 0)
			return body_reader_cut_short(r);
	}
}

/* 1 with body->left set, 0 at the end. */
static int next_chunk(struct body_reader *body, struct refusal *r)
{
	if (body->in_chunk && body->left > 0)
		return 1;
	if (body->in_chunk && chunk_end(body, r) < 0)
		return -1;
	/* Between the last chunk and the trailers there may have been a pause. */
	if (!body->at_trailers && chunk_line(body, r) < 0)
		return -1;
	if (body->left > 0)
		return 1;
	return trailers(body, r) < 0 ? -1 : 0;
}

int body_reader_next(struct body_reader *body, uint64_t *ret_n, struct refusal *r)
{
	int got = 1;

	if (body->ended)
		return 0;
	switch (body->framing) {
	case FRAMING_NONE:
		got = 0;
		break;
	case FRAMING_LENGTH:
		got = body->left > 0;
		break;
	case FRAMING_CHUNKED:
		got = next_chunk(body, r);
		break;
	case FRAMING_CLOSE:
		body->left = UINT64_MAX;
		break;
	}
	if (got == 0)
		body->ended = true;
	if (got <= 0)
		return got;
	if (body->left != UINT64_MAX && body->left > body->most - body->taken)
		return refuse(r, 413, "the body is larger than %llu bytes",
			(unsigned long long)body->most);
	*ret_n = body->left;
	return 1;
}

int body_reader_count(struct body_reader *body, size_t n, struct refusal *r)
{
	if (body->left != UINT64_MAX)
		body->left -= n;
	body->taken += n;
	return body->taken <= body->most ? 0
					 : refuse(r, 413, "the body is larger than %llu bytes",
						   (unsigned long long)body->most);
}

ssize_t body_reader_read(struct body_reader *body, char *ret, size_t n, struct refusal *r)
{
	const char *bytes;
	uint64_t next = 0;
	ssize_t got;
	size_t have;
	int more = body_reader_next(body, &next, r);

	if (more <= 0)
		return more;
	if (n > next)
		n = (size_t)next;
	bytes = stream_bytes(body->from, &have);
	if (have == 0 && n < SMALL_READ) { /* many small ones are asked for: read ahead */
		got = stream_fill(body->from, STREAM_PIECE);
		if (got < 0)
			return body_reader_cut_short(r);
		bytes = stream_bytes(body->from, &have);
	}
	if (have > 0) {
		n = n < have ? n : have;
		memcpy(ret, bytes, n);
		stream_consume(body->from, n);
		got = (ssize_t)n;
	} else {
		got = stream_receive(body->from, ret, n);
	}
	if (got == 0 && body->framing == FRAMING_CLOSE) {
		body->ended = true;
		return 0;
	}
	if (got <= 0)
		return body_reader_cut_short(r);
	return body_reader_count(body, (size_t)got, r) < 0 ? -1 : got;
}

int body_reader_collect(struct body_reader *body, struct text *ret, struct refusal *r)
{
	char piece[8192];
	ssize_t n;

	while ((n = body_reader_read(body, piece, sizeof(piece), r)) > 0) {
		text_add(ret, piece, (size_t)n);
		if (ret->failed)
			return refuse_memory(r);
	}
	return n < 0 ? -1 : 0;
}
