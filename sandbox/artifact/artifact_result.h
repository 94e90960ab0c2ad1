/* sandbox/artifact/artifact_result.h: what the run itself writes lies where no artifact may.
 *
 * With --artifact-replace one could take the place of the report, the provenance, the log or the
 * events of its own run, and a stranger's words would be taken for ours.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_RESULT_H
#define SANDBOX_ARTIFACT_ARTIFACT_RESULT_H

#include "sandbox/base/failure.h"

#include <stddef.h>

struct artifact_result {
	int dir_fd;       /* -1: none */
	const char *path; /* of which the last part counts */
	int fd;           /* instead of them, one that is open; -1: none */
};
#define ARTIFACT_RESULTS 4

/* The path of the one that a file of that name would take the place of; NULL: of none. The
 * directories are open, and name is one part. */
const char *artifact_result_met(
	const struct artifact_result *results, size_t n, int directory_fd, const char *name);
/* -1, and why: it would lie where that one is. */
int artifact_result_refuse(const char *artifact, const char *met, struct failure *f);

#endif
