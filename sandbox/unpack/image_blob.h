/* sandbox/unpack/image_blob.h: one file of an image that is being read.
 *
 * It has a descriptor of its own, or is an entry of an archive that is open, and ends with it. Who
 * wants to know what he has read lets the bytes be counted in.
 */
#ifndef SANDBOX_UNPACK_IMAGE_BLOB_H
#define SANDBOX_UNPACK_IMAGE_BLOB_H

#include "sandbox/base/failure.h"
#include "sandbox/rootfs/digest.h"

#include <sha2.h>
#include <sys/types.h>

struct archive;

struct image_blob {
	int fd;                  /* its own; -1: in the archive */
	struct archive *archive; /* at the file's body */
	SHA2_CTX *hash;          /* borrowed; what is read goes in. NULL: nobody asks */
};
#define IMAGE_BLOB_NONE                                                                            \
	{                                                                                          \
		-1, NULL, NULL                                                                     \
	}
void image_blob_end(struct image_blob *blob);
#define own_blob __attribute__((cleanup(image_blob_end)))

/* How many bytes, 0 at the end, -1. */
ssize_t image_blob_read(struct image_blob *blob, void *bytes, size_t n, struct failure *f);
/* Read on to the end: the digest of all that went into blob->hash, which is used up. */
int image_blob_digest(struct image_blob *blob, char ret[DIGEST_BYTES], struct failure *f);

#endif
