#include "sandbox/broker/context_upload.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/tar_header.h"

#include <string.h>

#define CONTEXT_BYTES (4ULL * 1024 * 1024 * 1024)
#define COPY_BYTES    (16 * 1024) /* what is smaller is not worth a splice(2) */
#define TURN_ENTRIES  64          /* of a context, before the others have a turn */

int context_upload_init(struct context_upload *u, struct body_reader *body, const char *dockerfile,
	struct refusal *r)
{
	u->sink.pipe[0] = u->sink.pipe[1] = -1;
	if (context_init(&u->context, dockerfile, r) < 0)
		return -1;
	context_source_init(&u->source, body, CONTEXT_BYTES);
	return 0;
}

void context_upload_release(struct context_upload *u)
{
	context_release(&u->context);
	context_source_release(&u->source);
	sink_release(&u->sink);
	text_release(&u->pending);
	text_release(&u->about);
	text_release(&u->held);
}

void context_upload_begin(struct context_upload *u, struct stream *to)
{
	u->sink = (struct sink){ .to = to, .chunked = true, .pipe = { -1, -1 } };
}

static int flush(struct context_upload *u, struct refusal *r)
{
	int result = sink_write(&u->sink, u->pending.s, u->pending.n);

	text_clear(&u->pending);
	return result < 0 ? refuse(r, 502, "the engine closed the connection") : 0;
}

static int put(struct context_upload *u, const char *bytes, size_t n, struct refusal *r)
{
	if (u->into != NULL) {
		text_add(u->into, bytes, n);
		return u->into->failed ? refuse_memory(r) : 0;
	}
	text_add(&u->pending, bytes, n);
	if (u->pending.failed)
		return refuse_memory(r);
	return u->pending.n >= COPY_BYTES ? flush(u, r) : 0;
}

/* Some writers leave the padding of the last entry away, and the engine's reader does without:
 * n bytes are missing, which it gets from us. */
static int end_short(struct context_upload *u, uint64_t n, struct refusal *r)
{
	static const char zeros[TAR_BLOCK];

	if (n > u->context.padding)
		return refuse(r, 400, "the build context is cut short");
	return put(u, zeros, (size_t)n, r);
}

/* n bytes of a file whose content is of no interest. */
static int pass_unread(struct context_upload *u, uint64_t n, struct refusal *r)
{
	while (n > 0) {
		uint64_t moved;

		if (sink_move(&u->sink, u->source.body, n, &moved, r) < 0)
			return -1;
		if (moved == 0)
			return end_short(u, n, r);
		n -= moved;
		fiber_yield(u->sink.to->loop);
	}
	return 0;
}

static int pass_read(struct context_upload *u, uint64_t n, struct refusal *r)
{
	char piece[8192];

	while (n > 0) {
		size_t want = n < sizeof(piece) ? (size_t)n : sizeof(piece);
		ssize_t got = context_source_read(&u->source, piece, want, r);

		if (got < 0)
			return -1;
		if ((size_t)got < want && n - (size_t)got > u->context.padding)
			return refuse(r, 400, "the build context is cut short");
		memset(piece + got, 0, want - (size_t)got);
		if (u->context.taking != CONTEXT_TAKING_NONE &&
			context_data(&u->context, piece, want, r) < 0)
			return -1;
		if (put(u, piece, want, r) < 0)
			return -1;
		n -= want;
	}
	return 0;
}

/* Where does the entry go whose header was just read? What belongs to it goes first. */
static int direct(struct context_upload *u, struct refusal *r)
{
	int result = 0;

	u->into = NULL;
	if (!u->context.file_seen && u->context.entry == CONTEXT_ENTRY && u->context.file_irregular)
		text_clear(&u->held); /* a link or a directory has taken its place */
	if (u->context.entry == CONTEXT_ENTRY_ABOUT_NEXT) {
		u->into = &u->about;
		return 0;
	}
	if (u->context.entry == CONTEXT_ENTRY_DOCKERFILE) {
		text_clear(&u->held); /* the last of several is unpacked last */
		u->into = &u->held;
	}
	if (u->about.n > 0)
		result = put(u, u->about.s, u->about.n, r);
	text_clear(&u->about);
	return result;
}

/* Behind a block of zeros stands another one, or nothing. */
static int read_end(struct context_upload *u, struct refusal *r)
{
	char block[TAR_BLOCK];
	ssize_t got = context_source_read(&u->source, block, sizeof(block), r);

	if (got < 0)
		return -1;
	return got == 0 || (got == sizeof(block) && tar_is_end(block))
		       ? 0
		       : refuse(r, 400, "the build context is cut short");
}

int context_upload_entries(struct context_upload *u, struct refusal *r)
{
	char block[TAR_BLOCK];
	uint64_t bytes;

	for (unsigned entry = 1;; entry++) {
		ssize_t got = context_source_read(&u->source, block, sizeof(block), r);
		int more;

		if (got < 0)
			return -1;
		if (got == 0) /* without an end marker, as some writers leave it */
			return context_end(&u->context, r);
		if (got != sizeof(block))
			return refuse(r, 400, "the build context is cut short");
		more = context_header(&u->context, block, &bytes, r);
		if (more <= 0)
			return more < 0 ? -1 : read_end(u, r);
		if (u->context.bytes > CONTEXT_BYTES)
			return refuse(r, 413, "the build context is larger than %llu bytes",
				CONTEXT_BYTES);
		if (direct(u, r) < 0 || put(u, block, sizeof(block), r) < 0)
			return -1;
		if (u->into == NULL && u->context.taking == CONTEXT_TAKING_NONE &&
			context_source_is_plain(&u->source) && bytes > COPY_BYTES) {
			if (flush(u, r) < 0 || pass_unread(u, bytes, r) < 0)
				return -1;
		} else if (pass_read(u, bytes, r) < 0) {
			return -1;
		}
		if (entry % TURN_ENTRIES == 0)
			fiber_yield(u->sink.to->loop);
	}
}

int context_upload_finish(struct context_upload *u, const char *name, const struct text *dockerfile,
	struct refusal *r)
{
	own_text struct text tail = { 0 };

	u->into = NULL;
	if (!context_excludes(&u->context) && put(u, u->held.s, u->held.n, r) < 0)
		return -1;
	context_finish(&u->context, name, dockerfile, &tail);
	if (tail.failed || dockerfile->failed)
		return refuse_memory(r);
	if (put(u, tail.s, tail.n, r) < 0 || flush(u, r) < 0)
		return -1;
	return sink_end(&u->sink) < 0 ? refuse(r, 502, "the engine closed the connection") : 0;
}
