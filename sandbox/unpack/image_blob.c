#include "sandbox/unpack/image_blob.h"

#include "sandbox/base/own.h"
#include "sandbox/unpack/archive_words.h"

#include <archive.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

void image_blob_end(struct image_blob *blob)
{
	own_fd_end(&blob->fd);
	archive_end(&blob->archive);
}

static ssize_t read_some(struct image_blob *blob, void *bytes, size_t n, struct failure *f)
{
	ssize_t got;

	if (blob->archive == NULL) {
		got = read(blob->fd, bytes, n);
		return got < 0 ? fail(f, errno, "read the image") : got;
	}
	got = archive_read_data(blob->archive, bytes, n);
	return got < 0 ? archive_fail(blob->archive, f) : got;
}

ssize_t image_blob_read(struct image_blob *blob, void *bytes, size_t n, struct failure *f)
{
	ssize_t got = read_some(blob, bytes, n, f);

	if (got > 0 && blob->hash != NULL)
		SHA256Update(blob->hash, bytes, (size_t)got);
	return got;
}

int image_blob_digest(struct image_blob *blob, char ret[DIGEST_BYTES], struct failure *f)
{
	own_mem uint8_t *block = malloc(BLOCK);
	ssize_t n;

	if (block == NULL)
		return fail(f, ENOMEM, "read the image");
	while ((n = image_blob_read(blob, block, BLOCK, f)) > 0)
		;
	if (n < 0)
		return -1;
	strcpy(ret, DIGEST_ALGORITHM);
	SHA256End(blob->hash, ret + strlen(DIGEST_ALGORITHM));
	return 0;
}
