/* sandbox/base/limits.h: how much a run may use, wherever that is said.
 *
 * The options, a repository's request, the control group, the broker's policy and the report
 * all have this struct, and each reads of it what it can keep.
 * None     LIMIT_NONE, in every field alike: nobody asked for a limit, or none stands. Nothing
 *          else means that: 0 is a limit (of swap: there is none to be had). It is the greatest
 *          value, so that the smaller of two limits is the tighter one, whichever is none. A
 *          struct that is only zeroed is the tightest of all, not an empty one.
 */
#ifndef SANDBOX_BASE_LIMITS_H
#define SANDBOX_BASE_LIMITS_H

#include <stdint.h>

#define LIMIT_NONE UINT64_MAX

struct limits {
	uint64_t memory_bytes;
	uint64_t swap_bytes; /* besides the memory */
	uint64_t cpus_milli; /* 1500 is one and a half processors */
	uint64_t pids;
	uint64_t io_weight; /* 1 to 10000: a share, not a bound */
	uint64_t app_size_bytes, app_inodes;
	uint64_t timeout_s, idle_timeout_s;
	uint64_t output_limit_bytes;
};
extern const struct limits limits_none;

/* Make it the tighter one of itself and other. */
void limit_tighten(uint64_t *limit, uint64_t other);
/* For those to whom another number says that there is none. */
uint64_t limit_or(uint64_t limit, uint64_t none);

#endif
