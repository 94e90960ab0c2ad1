/* sandbox/artifact/artifact_copy.h: a stranger's bytes, counted and hashed on their way out.
 *
 * Why not sendfile(2): every byte is needed here for its SHA-256 anyway.
 * Stops    when the user does: the signals that end a run are looked at between two blocks.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_COPY_H
#define SANDBOX_ARTIFACT_ARTIFACT_COPY_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

#define ARTIFACT_SHA256_TEXT 65 /* hexadecimal, with its NUL */

/* Where bytes go. */
struct artifact_sink {
	int fd;
	bool stream;        /* it may make us wait, and has no holes */
	int signals_fd;     /* non-blocking signalfd, or -1 */
	int interrupted_by; /* then everything fails; 0: not so */
};

/* n bytes, all of them. */
int artifact_sink_put(struct artifact_sink *sink, const void *bytes, uint64_t n, struct failure *f);

/* Exactly size bytes from `from`, which has no more and no less. Into a file, blocks of zeros
 * become holes. */
int artifact_copy(struct artifact_sink *sink, int from, uint64_t size,
	char ret_sha256[ARTIFACT_SHA256_TEXT], struct failure *f);

#endif
