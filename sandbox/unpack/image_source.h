/* sandbox/unpack/image_source.h: where the files of an image lie: a directory, or an archive of one.
 *
 * Trusts   nothing that lies there: no path leads out of the directory, nothing but a regular
 *          file is read, and who asks has the digest by which he knows what he got.
 * Order    one file at a time: those of an archive share its descriptor.
 */
#ifndef SANDBOX_UNPACK_IMAGE_SOURCE_H
#define SANDBOX_UNPACK_IMAGE_SOURCE_H

#include "sandbox/rootfs/digest.h"
#include "sandbox/unpack/image_blob.h"

#include <stdbool.h>
#include <sys/types.h>

struct image_source {
	int fd; /* borrowed */
	bool is_directory;
};

int image_source_look(int fd, struct image_source *ret, struct failure *f);

/* name is clean (entry_path.h). 1: it is open; 0: there is none; -1. */
int image_source_open(const struct image_source *source, const char *name, struct image_blob *ret,
	struct failure *f);

/* The whole of a small file (image_json.h), *ret for free(3). 1, 0: there is none, -1. */
int image_source_text(const struct image_source *source, const char *name, char **ret,
	size_t *ret_n, struct failure *f);

/* Of the file's bytes as they lie there. */
int image_source_digest(const struct image_source *source, const char *name, char ret[DIGEST_BYTES],
	struct failure *f);

#endif
