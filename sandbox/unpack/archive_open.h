/* sandbox/unpack/archive_open.h: libarchive, begun: tar, and what it is packed in.
 *
 * Nothing else that libarchive knows of is tried on the bytes.
 */
#ifndef SANDBOX_UNPACK_ARCHIVE_OPEN_H
#define SANDBOX_UNPACK_ARCHIVE_OPEN_H

#include "sandbox/unpack/archive_words.h"
#include "sandbox/unpack/image_blob.h"

/* What lies in blob, which stays open as long as *ret. */
int archive_open(struct image_blob *blob, struct archive **ret, struct failure *f);
/* The same without a tar: bytes, unpacked (archive_read_data(3)). */
int archive_open_raw(struct image_blob *blob, struct archive **ret, struct failure *f);

#endif
