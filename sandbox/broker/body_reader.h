/* sandbox/broker/body_reader.h: a body on its way in: framed as its head said, up to its end. */
#ifndef SANDBOX_BROKER_BODY_READER_H
#define SANDBOX_BROKER_BODY_READER_H

#include "sandbox/broker/stream.h"
#include "sandbox/docker/refusal.h"

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };
struct body_reader {
	struct stream *from;
	enum framing framing;
	uint64_t left; /* of the length, or of the chunk at hand */
	bool in_chunk; /* its data are due, or the CRLF behind them */
	bool at_trailers;
	bool ended;
	size_t line_bytes;    /* how long the last chunk's line was */
	uint64_t taken, most; /* 413 past this */
};

/* How many bytes of data come next without a boundary: 1 and *ret_n (never 0;
 * UINT64_MAX where the end of the connection is the end of the body), 0 at the end, -1
 * refused or the connection's end (r tells). */
int body_reader_next(struct body_reader *body, uint64_t *ret_n, struct refusal *r);
/* Read some data: their number, 0 at the end, -1. */
ssize_t body_reader_read(struct body_reader *body, char *ret, size_t n, struct refusal *r);
/* All of it, appended to *ret. */
int body_reader_collect(struct body_reader *body, struct text *ret, struct refusal *r);

/* For who takes the bytes from the connection itself: n of them, of those that
 * body_reader_next() announced, have gone. -1: that is more than `most`. */
int body_reader_count(struct body_reader *body, size_t n, struct refusal *r);
/* The connection ended before the body did. */
int body_reader_cut_short(struct refusal *r);

#endif
