/* sandbox/base/sealed_file.h: bytes handed to another process that nobody can change any more.
 *
 * A memory file, sealed against writing and resizing: what the reader has checked stays so,
 * and a file that is mapped cannot shrink below the reader.
 */
#ifndef SANDBOX_BASE_SEALED_FILE_H
#define SANDBOX_BASE_SEALED_FILE_H

#include "sandbox/base/failure.h"

#include <sys/uio.h>

/* The parts one behind the other; close-on-exec, at its beginning. name is for people who
 * look into /proc, and for failures. */
int sealed_file_make(const char *name, const struct iovec *parts, size_t parts_n, int *ret_fd,
	struct failure *f);

/* Map it to read, if it is sealed and has from 1 to most bytes. munmap(2) is the caller's. */
int sealed_file_map(
	int fd, const char *name, size_t most, void **ret, size_t *ret_n, struct failure *f);

#endif
