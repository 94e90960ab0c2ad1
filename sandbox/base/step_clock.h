/* sandbox/base/step_clock.h: how long each step of each process of a run took.
 *
 * Only where somebody asked for it (--timings): else nothing is mapped, and a step costs one look
 * at a pointer more. Where it is, launcher, keeper, builder and the others share a few pages until
 * each executes another program, and steps_run() writes a row for each step. Rows are read when
 * all of those are dead, and taken for what others could have written.
 */
#ifndef SANDBOX_BASE_STEP_CLOCK_H
#define SANDBOX_BASE_STEP_CLOCK_H

#include "sandbox/base/failure.h"

#include <stddef.h>
#include <stdint.h>

#define STEP_CLOCK_ROWS  250
#define STEP_CLOCK_NEVER UINT32_MAX

struct step_time {
	char role[12];
	char name[44];
	uint32_t at_us;   /* since the clock was started */
	uint32_t took_us; /* STEP_CLOCK_NEVER: it has not ended */
};

/* From now on, for this process and all that are cloned from it. */
int step_clock_start(struct failure *f);

/* Around a step; NULL: there is no clock, or no room. */
struct step_time *step_clock_begin(const char *role, const char *name);
void step_clock_end(struct step_time *row);

/* When nothing of the run lives any more: the rows by their beginning; they stay until the process
 * ends. NULL and 0 without a clock. */
const struct step_time *step_clock_rows(size_t *ret_n);

#endif
