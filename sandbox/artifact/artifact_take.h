/* sandbox/artifact/artifact_take.h: the launcher's side of taking artifacts out.
 *
 * Runs in  the launcher, as the user that the sandbox runs as, when the last process of the
 *          sandbox is dead and its tree still there.
 * Order    the collector finds and checks all of it; each file is copied into a stage beside its
 *          destination, counted, hashed and synced; then all of them get their names. A failure
 *          before that leaves nothing. (What went to stdout as a tar is gone, and its end is
 *          missing.)
 * Trusts   the collector in nothing that can be looked at: each descriptor is of a regular file
 *          with one link and of the size that was told, each path plain, all within the bounds.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_TAKE_H
#define SANDBOX_ARTIFACT_ARTIFACT_TAKE_H

#include "sandbox/artifact/artifact_plan.h"
#include "sandbox/artifact/artifact_result.h"
#include "sandbox/report/artifactlog.h"

struct artifact_job {
	const struct artifact_plan *plan;
	const char *run_id;
	int work_fd;    /* the tree */
	int user_fd;    /* its user namespace */
	int signals_fd; /* of the launcher, non-blocking */
	struct artifactlog *log;
	struct artifact_result results[ARTIFACT_RESULTS];

	/* Filled, where it failed: */
	bool absent;        /* nothing matches a PATH */
	bool refused;       /* what the build made may not leave: no fault of this host's */
	int interrupted_by; /* the user's signal */
};

int artifact_take(struct artifact_job *job, struct failure *f);

#endif
