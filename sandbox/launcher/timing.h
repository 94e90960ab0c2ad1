/* sandbox/launcher/timing.h: what of a run is to happen when.
 *
 * Pure: monotonic milliseconds in and out. The user's own pauses count for no limit. What the
 * builder stopped by itself counts for the time limit: it may wake by a timer of its own, and
 * no clock of ours runs meanwhile. The keeper has that limit too, and is never stopped.
 */
#ifndef SANDBOX_LAUNCHER_TIMING_H
#define SANDBOX_LAUNCHER_TIMING_H

#include "sandbox/config/config.h"

#include <stdint.h>

#define TIMING_NEVER UINT64_MAX

struct timing {
	uint64_t started_ms;
	uint64_t paused_ms;      /* so long the user had suspended us */
	uint64_t stopped_ms;     /* so long the builder had, by stopping itself */
	uint64_t last_output_ms; /* 0: nothing is built yet */
	uint64_t kill_at_ms;     /* 0: not to be killed */
	uint64_t sample_at_ms;   /* 0: there is no work space yet */
};

/* When --timeout and --idle-timeout have passed. */
uint64_t timing_limit(const struct timing *timing, const struct config *config);
uint64_t timing_idle_limit(const struct timing *timing, const struct config *config);

bool timing_kill_is_due(const struct timing *timing, uint64_t now_ms);

uint64_t timing_earlier(uint64_t a_ms, uint64_t b_ms);
/* For poll(2): from now until then, -1 for never. */
int timing_poll_ms(uint64_t now_ms, uint64_t until_ms);

#endif
