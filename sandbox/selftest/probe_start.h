/* sandbox/selftest/probe_start.h: cofferdam-probe, inside of a sandbox and outside.
 *
 * Runs in  a child of ours each time, which is waited for. Its stdout is collected.
 * Fails    if a sandbox could not be raised, with the failure of that run.
 */
#ifndef SANDBOX_SELFTEST_PROBE_START_H
#define SANDBOX_SELFTEST_PROBE_START_H

#include "sandbox/report/outcome.h"
#include "sandbox/selftest/canary.h"

#define PROBE_TEXT 65536 /* of what it prints, no more is kept */

struct probe_start {
	struct config *config;
	const struct canary *canary;
	int probe_fd;
	const char *probe_path;   /* of the host */
	const char *const *words; /* of the probe, ends with NULL */
};

/* What of a run's outcome crosses to us. */
struct sandbox_end {
	enum cause cause;
	bool failed;
	struct failure error;
	struct wall_report walls[WALL_COUNT];
};

/* *ret_text is the caller's. */
int probe_inside(const struct probe_start *start, char **ret_text, struct sandbox_end *ret_end,
	struct failure *f);
int probe_outside(const struct probe_start *start, char **ret_text, struct failure *f);
/* By `sh -c 'COMMAND "$@"'`. */
int probe_against(
	const struct probe_start *start, const char *command, char **ret_text, struct failure *f);

#endif
