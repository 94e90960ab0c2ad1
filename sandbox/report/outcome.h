/* sandbox/report/outcome.h: everything that is true of one run, as it becomes true.
 *
 * The launcher fills it from the first step on; report.c prints it at the end and
 * adds no knowledge of its own. A field that never became known keeps its zero,
 * and the report leaves it out or writes null, as the schema says.
 */
#ifndef SANDBOX_REPORT_OUTCOME_H
#define SANDBOX_REPORT_OUTCOME_H

#include "sandbox/base/failure.h"
#include "sandbox/base/step_clock.h"
#include "sandbox/base/walls.h"
#include "sandbox/config/config.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/report/artifactlog.h"
#include "sandbox/report/cachelog.h"
#include "sandbox/report/dockerlog.h"
#include "sandbox/report/netlog.h"
#include "sandbox/report/sourcelog.h"
#include "sandbox/report/submodulelog.h"
#include "seccomp/refused_call.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum cause {
	CAUSE_EXITED,
	CAUSE_SIGNALLED,
	CAUSE_TIMEOUT,
	CAUSE_IDLE_TIMEOUT,
	CAUSE_OOM,
	CAUSE_DISK_FULL,
	CAUSE_OUTPUT_LIMIT,
	CAUSE_OUTPUT_LOST,
	CAUSE_FETCH_FAILED,
	CAUSE_SETUP_FAILED,
	CAUSE_INTERRUPTED,
	CAUSE_ARTIFACT_MISSING, /* nothing matches a PATH */
	CAUSE_ARTIFACT_REFUSED, /* what the build made is none that may leave */
	CAUSE_ARTIFACT_FAILED,  /* one could not be taken out */
};
const char *cause_name(enum cause cause);

/* Whether an image of --rootfs oci: was unpacked for this run (root_store.h). */
enum image_store {
	IMAGE_STORE_NONE,   /* no image, or the run did not come so far */
	IMAGE_STORE_FOUND,  /* it was there */
	IMAGE_STORE_KEPT,   /* unpacked, and there for the next run */
	IMAGE_STORE_ABSENT, /* unpacked for this run alone */
};
const char *image_store_name(enum image_store store);

enum phase {
	PHASE_PREPARE,
	PHASE_FETCH,
	PHASE_BUILD,
	PHASE_HOLD, /* the build has failed, and its sandbox is kept */
	PHASE_TEARDOWN,
	PHASE_COUNT
};

const char *phase_name(enum phase phase);

#define RUN_ID_LENGTH 32 /* hexadecimal digits: 128 random bits */

struct teardown_row {
	char what[200]; /* "cgroup /sys/fs/cgroup/…", "state file …" */
	bool removed;
	char detail[160]; /* why not, if not */
};

struct outcome {
	char id[RUN_ID_LENGTH + 1];
	const char *source_url; /* borrowed from the plan; NULL if none was understood */
	const char *source_ref;
	char commit[65];          /* hexadecimal, "" if nothing was checked out */
	const char *image_digest; /* borrowed; of --rootfs oci:, NULL without it */
	enum image_store image_store;
	char image_store_detail[160]; /* of ABSENT: why */
	char *const *command;         /* borrowed; NULL if none was decided */

	struct timespec started, finished; /* CLOCK_REALTIME */
	double phase_ms[PHASE_COUNT];      /* negative: the phase was not reached */

	const struct step_time *timings; /* --timings; NULL without it */
	size_t timings_n;

	int exit_code; /* cofferdam's own; README.md lists them */
	int signal;    /* that ended the builder, 0 if none */
	enum cause cause;

	struct wall_report walls[WALL_COUNT];
	const char *profile; /* of --seccomp; borrowed, NULL: the filter is ours */

	enum cgroup_driver driver;
	char driver_detail[CGROUP_DETAIL_BYTES]; /* why this driver and no better one */
	struct limits requested, applied;        /* applied: of the control group */

	uint64_t wall_ms;
	struct cgroup_usage usage;
	uint64_t app_peak_bytes;
	uint64_t entered;      /* so often somebody came in while it ran */
	uint64_t output_bytes; /* of the builder, before any cut */

	struct refused_calls calls; /* system calls that the filter refused */
	struct dockerlog docker;
	struct netlog net;
	uint64_t unheard; /* asked of nobody: names, or addresses to which no way leads */
	struct artifactlog artifacts;
	struct submodulelog submodules;
	struct cachelog caches;
	struct sourcelog source_cache;

	struct teardown_row teardown[24];
	size_t teardown_n;

	bool failed; /* error below is filled */
	struct failure error;
	struct failure closing; /* for people, where nothing failed and yet it was no exit */
};

#endif
