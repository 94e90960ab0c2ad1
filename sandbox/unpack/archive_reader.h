/* sandbox/unpack/archive_reader.h: a tar, perhaps compressed, into a tree.
 *
 * libarchive reads, tree.c writes: its own writer to disks is where its holes of that kind were.
 */
#ifndef SANDBOX_UNPACK_ARCHIVE_READER_H
#define SANDBOX_UNPACK_ARCHIVE_READER_H

#include "sandbox/companion/unpack_report.h"
#include "sandbox/unpack/tree.h"

#define ARCHIVE_ENTRIES_MAX 4000000ULL
#define ARCHIVE_BYTES_MAX   (64ULL << 30) /* out of the decompressor, headers and padding too */

/* From the descriptor fd, at its beginning. Counts into report. */
int archive_unpack(
	int fd, const struct tree *tree, struct unpack_report *report, struct failure *f);

#endif
