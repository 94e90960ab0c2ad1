/* sandbox/artifact/artifact_tar.h: what tar(1) reads: POSIX ustar, and a pax header where a name or a
 * size does not fit.
 *
 * Nobody's user and group, and no time: the same files are the same bytes. tests/run has tar and
 * Python read it.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_TAR_H
#define SANDBOX_ARTIFACT_ARTIFACT_TAR_H

#include "sandbox/artifact/artifact_copy.h"

#include <sys/types.h>

/* name is relative; a directory's without a slash at its end, and with a size of 0. size bytes
 * follow, then artifact_tar_pad(). */
int artifact_tar_header(struct artifact_sink *sink, const char *name, bool is_directory,
	mode_t mode, uint64_t size, struct failure *f);
int artifact_tar_pad(struct artifact_sink *sink, uint64_t size, struct failure *f);
int artifact_tar_end(struct artifact_sink *sink, struct failure *f);

#endif
