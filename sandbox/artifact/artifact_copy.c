#include "sandbox/artifact/artifact_copy.h"

#include "sandbox/artifact/postmortem.h"
#include "sandbox/base/hurry.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <poll.h>
#include <sha2.h>

#define BLOCK (1024 * 1024)

static int check_signals(struct artifact_sink *sink, struct failure *f)
{
	if (sink->interrupted_by == 0)
		sink->interrupted_by = postmortem_interrupted_by(sink->signals_fd);
	return sink->interrupted_by == 0 ? 0 : fail(f, 0, "interrupted before all was copied out");
}

/* Whoever reads the stream may not read, and a user who waits may have enough of it. */
static int put_stream(struct artifact_sink *sink, const char *bytes, uint64_t n, struct failure *f)
{
	while (n > 0) {
		struct pollfd polls[] = { { .fd = sink->fd, .events = POLLOUT },
			{ .fd = sink->signals_fd, .events = POLLIN } };
		ssize_t put;

		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			return fail(f, errno, "wait for the reader of stdout");
		if (check_signals(sink, f) < 0)
			return -1;
		put = hurry_write(sink->fd, bytes, n < BLOCK ? n : BLOCK);
		if (put < 0 && errno != EAGAIN)
			return fail(f, errno, "write the artifacts to stdout");
		bytes += put > 0 ? put : 0;
		n -= put > 0 ? (uint64_t)put : 0;
	}
	return 0;
}

int artifact_sink_put(struct artifact_sink *sink, const void *bytes, uint64_t n, struct failure *f)
{
	if (sink->stream)
		return put_stream(sink, bytes, n, f);
	if (check_signals(sink, f) < 0)
		return -1;
	return whole_write(sink->fd, bytes, n) < 0 ? fail(f, errno, "write an artifact") : 0;
}

/* A hole of the build's stays one, and never costs more than its size was counted for. */
static int put_block(struct artifact_sink *sink, const char *bytes, size_t n, struct failure *f)
{
	if (sink->stream)
		return artifact_sink_put(sink, bytes, n, f);
	if (check_signals(sink, f) < 0)
		return -1;
	return whole_write_sparse(sink->fd, bytes, n) < 0 ? fail(f, errno, "write an artifact") : 0;
}

int artifact_copy(struct artifact_sink *sink, int from, uint64_t size,
	char ret_sha256[ARTIFACT_SHA256_TEXT], struct failure *f)
{
	own_mem char *block = malloc(BLOCK);
	uint64_t done = 0;
	SHA2_CTX hash;

	if (block == NULL)
		return fail(f, ENOMEM, "copy an artifact");
	SHA256Init(&hash);
	for (;;) {
		ssize_t n = whole_read(from, block, BLOCK);

		if (n < 0)
			return fail(f, errno, "read an artifact");
		done += (uint64_t)n;
		if (done > size || (n == 0 && done < size))
			return fail(f, 0, "an artifact changed its size while it was copied");
		if (n == 0)
			break;
		SHA256Update(&hash, (const uint8_t *)block, (size_t)n);
		if (put_block(sink, block, (size_t)n, f) < 0)
			return -1;
	}
	if (!sink->stream && ftruncate(sink->fd, (off_t)size) < 0)
		return fail(f, errno, "write an artifact");
	SHA256End(&hash, ret_sha256);
	return 0;
}
