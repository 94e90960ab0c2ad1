#include "sandbox/broker/layer_digest.h"

#include <string.h>

#define GZIP_WINDOW    (16 + MAX_WBITS) /* zlib's word for gzip alone */
#define UNPACKED_PIECE (8 * 1024)

static void begin(struct layer_digest *d, const char *bytes, size_t n)
{
	SHA256Init(&d->sha);
	d->begun = true;
	d->packed = n >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
	d->broken = d->packed && inflateInit2(&d->z, GZIP_WINDOW) != Z_OK;
}

static void take(struct layer_digest *d, const unsigned char *bytes, size_t n)
{
	SHA256Update(&d->sha, bytes, n);
	d->bytes += n;
}

/* One step of zlib; false where its input or its sense ends. */
static bool unpack(struct layer_digest *d)
{
	unsigned char piece[UNPACKED_PIECE];
	int result;

	if (d->member_ended && d->z.avail_in > 0) {
		inflateReset(&d->z);
		d->member_ended = false;
	}
	d->z.next_out = piece;
	d->z.avail_out = sizeof(piece);
	result = inflate(&d->z, Z_NO_FLUSH);
	take(d, piece, sizeof(piece) - d->z.avail_out);
	d->member_ended = result == Z_STREAM_END;
	d->broken = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
	return !d->broken && (d->z.avail_in > 0 || d->z.avail_out == 0);
}

void layer_digest_add(struct layer_digest *d, const char *bytes, size_t n)
{
	if (!d->begun)
		begin(d, bytes, n);
	if (!d->packed) {
		take(d, (const unsigned char *)bytes, n);
		return;
	}
	d->z.next_in = (unsigned char *)(uintptr_t)bytes;
	d->z.avail_in = (unsigned)n;
	while (!d->broken && unpack(d))
		;
}

void layer_digest_end(struct layer_digest *d, char ret[SHA256_DIGEST_STRING_LENGTH])
{
	if (!d->begun)
		begin(d, "", 0);
	SHA256End(&d->sha, ret);
	if (d->packed) {
		inflateEnd(&d->z);
		if (d->broken || !d->member_ended)
			ret[0] = '\0';
	}
	*d = (struct layer_digest){ .begun = false };
}
