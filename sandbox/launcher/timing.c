#include "sandbox/launcher/timing.h"

#define POLL_MOST_MS (1000 * 1000) /* fits an int; who wakes looks again */

static uint64_t after(uint64_t from_ms, uint64_t seconds)
{
	return seconds == LIMIT_NONE ? TIMING_NEVER : from_ms + seconds * 1000;
}

uint64_t timing_limit(const struct timing *timing, const struct config *config)
{
	return after(timing->started_ms + timing->paused_ms, config->limits.timeout_s);
}

uint64_t timing_idle_limit(const struct timing *timing, const struct config *config)
{
	return timing->last_output_ms == 0
		       ? TIMING_NEVER
		       : after(timing->last_output_ms + timing->paused_ms + timing->stopped_ms,
				 config->limits.idle_timeout_s);
}

bool timing_kill_is_due(const struct timing *timing, uint64_t now_ms)
{
	return timing->kill_at_ms != 0 && now_ms >= timing->kill_at_ms;
}

uint64_t timing_earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

int timing_poll_ms(uint64_t now_ms, uint64_t until_ms)
{
	if (until_ms == TIMING_NEVER)
		return -1;
	return until_ms <= now_ms ? 0 : (int)timing_earlier(until_ms - now_ms, POLL_MOST_MS);
}
