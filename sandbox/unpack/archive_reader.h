/* sandbox/unpack/archive_reader.h: a tar, perhaps compressed, into a tree.
 *
 * libarchive reads, tree.c writes: its own writer to disks is where its holes of that kind were.
 */
#ifndef SANDBOX_UNPACK_ARCHIVE_READER_H
#define SANDBOX_UNPACK_ARCHIVE_READER_H

#include "sandbox/companion/unpack_report.h"
#include "sandbox/unpack/image_source.h"
#include "sandbox/unpack/tree.h"

#define ARCHIVE_ENTRIES_MAX 4000000ULL
#define ARCHIVE_BYTES_MAX   (64ULL << 30) /* out of the decompressor, headers and padding too */

enum archive_use {
	ARCHIVE_ROOT,      /* a root as it is */
	ARCHIVE_WHITEOUTS, /* of a layer: what it takes away of those below it */
	ARCHIVE_LAYER,     /* of a layer: what it brings */
};

/* Counts into report. */
int archive_unpack(struct image_blob *blob, enum archive_use use, const struct tree *tree,
	struct unpack_report *report, struct failure *f);

#endif
