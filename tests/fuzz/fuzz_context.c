/* A tar in whole blocks, its checksums mended so that more than the first header is read.
 * It is walked the same in pieces of any size, and what context_finish() writes is itself
 * a context that holds our Dockerfile.
 */
#include "sandbox/docker/context.h"

#include "sandbox/base/own.h"
#include "tests/fuzz/tar_block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* -1: refused. */
static int walk(struct context *context, const struct text *tar, size_t piece, struct refusal *r)
{
	char block[TAR_BLOCK];
	uint64_t bytes;
	size_t at = 0;
	int more;

	while (tar->n - at >= TAR_BLOCK) {
		memcpy(block, tar->s + at, sizeof(block));
		if (block[0] != '\0')
			mend_checksum(block);
		more = context_header(context, block, &bytes, r);
		if (more <= 0)
			return more;
		if (bytes % TAR_BLOCK != 0)
			abort();
		at += TAR_BLOCK;
		if (bytes > tar->n - at)
			return -1;
		for (size_t k = 0; k < bytes && context->taking != CONTEXT_TAKING_NONE; k += piece)
			if (context_data(context, tar->s + at + k,
				    bytes - k < piece ? (size_t)bytes - k : piece, r) < 0)
				return -1;
		if (context->taking != CONTEXT_TAKING_NONE)
			abort();
		at += (size_t)bytes;
	}
	return context_end(context, r);
}

static void check_same(const struct context *a, const struct context *b)
{
	if (a->file_seen != b->file_seen || a->file.n != b->file.n ||
		a->ignore_seen != b->ignore_seen || a->ignore.n != b->ignore.n ||
		a->bytes != b->bytes)
		abort();
	if (a->file.n > 0 && memcmp(a->file.s, b->file.s, a->file.n) != 0)
		abort();
}

static void check_finish(const struct context *context)
{
	struct text ours = { .s = (char[]){ "FROM a:1\n" }, .n = 9 };
	own_text struct text end = { 0 };
	struct context again;
	struct refusal r;

	context_finish(context, ".ours", &ours, &end);
	if (end.failed || end.n % TAR_BLOCK != 0 || context_init(&again, ".ours", &r) < 0)
		abort();
	if (context->ignore.n < CONTEXT_TAKE_MAX - 100) {
		if (walk(&again, &end, 512, &r) < 0 || !again.file_seen || !again.ignore_seen ||
			again.file.n != ours.n || again.ignore.n < context->ignore.n)
			abort();
	}
	context_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct context whole, pieces;
	own_text struct text tar = { 0 };
	struct refusal r = { 0 };
	int result;

	text_add(&tar, (const char *)data, size);
	if (context_init(&whole, "", &r) < 0 || context_init(&pieces, "", &r) < 0)
		abort();
	result = walk(&whole, &tar, 1 << 24, &r);
	if (walk(&pieces, &tar, 7, &r) != result)
		abort();
	check_same(&whole, &pieces);
	if (result == 0)
		check_finish(&whole);
	context_release(&whole);
	context_release(&pieces);
	return 0;
}
