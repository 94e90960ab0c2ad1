/* sandbox/unpack/archive_words.h: an archive of libarchive's that is open: its end, and its words. */
#ifndef SANDBOX_UNPACK_ARCHIVE_WORDS_H
#define SANDBOX_UNPACK_ARCHIVE_WORDS_H

#include "sandbox/base/failure.h"

struct archive;

void archive_end(struct archive **archive);
#define own_archive __attribute__((cleanup(archive_end)))

/* What libarchive says of its last call. */
int archive_fail(struct archive *a, struct failure *f);

#endif
