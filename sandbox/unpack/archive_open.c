#include "sandbox/unpack/archive_open.h"

#include "sandbox/base/own.h"

#include <archive.h>
#include <stdbool.h>

#define READ_BYTES (256 * 1024)

/* A file that is no plain descriptor: one within an archive, or one whose bytes are counted in. */
struct inner {
	struct image_blob *blob;
	char bytes[READ_BYTES];
};

static la_ssize_t inner_read(struct archive *a, void *data, const void **ret)
{
	struct inner *inner = data;
	struct failure why;
	ssize_t n = image_blob_read(inner->blob, inner->bytes, sizeof(inner->bytes), &why);
	char text[FAILURE_TEXT];

	*ret = inner->bytes;
	if (n < 0)
		archive_set_error(a, EIO, "%s", failure_text(&why, text));
	return n;
}

static int inner_close(struct archive *a, void *data)
{
	(void)a;
	free(data);
	return ARCHIVE_OK;
}

static int open_inner(struct archive *a, struct image_blob *blob, struct failure *f)
{
	struct inner *inner = malloc(sizeof(*inner));

	if (inner == NULL)
		return fail(f, ENOMEM, "read the archive");
	inner->blob = blob;
	/* It frees what is handed over, also where it fails. */
	return archive_read_open(a, inner, NULL, inner_read, inner_close) == ARCHIVE_OK
		       ? 0
		       : archive_fail(a, f);
}

static int open_as(struct image_blob *blob, bool raw, struct archive **ret, struct failure *f)
{
	own_archive struct archive *a = archive_read_new();

	if (a == NULL)
		return fail(f, ENOMEM, "read the archive");
	if ((raw ? archive_read_support_format_raw(a) : archive_read_support_format_tar(a)) !=
			ARCHIVE_OK ||
		archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
		archive_read_support_filter_xz(a) != ARCHIVE_OK ||
		archive_read_support_filter_zstd(a) != ARCHIVE_OK)
		return fail(f, 0, "libarchive lacks one of tar, gzip, xz, zstd");
	/* libarchive seeks over what nobody asks for, where it has the descriptor. */
	if (blob->archive != NULL || blob->hash != NULL) {
		if (open_inner(a, blob, f) < 0)
			return -1;
	} else if (archive_read_open_fd(a, blob->fd, READ_BYTES) != ARCHIVE_OK) {
		return archive_fail(a, f);
	}
	*ret = a;
	a = NULL;
	return 0;
}

int archive_open(struct image_blob *blob, struct archive **ret, struct failure *f)
{
	return open_as(blob, false, ret, f);
}

int archive_open_raw(struct image_blob *blob, struct archive **ret, struct failure *f)
{
	return open_as(blob, true, ret, f);
}
