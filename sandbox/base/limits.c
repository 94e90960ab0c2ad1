#include "sandbox/base/limits.h"

const struct limits limits_none = {
	.memory_bytes = LIMIT_NONE,
	.swap_bytes = LIMIT_NONE,
	.cpus_milli = LIMIT_NONE,
	.pids = LIMIT_NONE,
	.io_weight = LIMIT_NONE,
	.app_size_bytes = LIMIT_NONE,
	.app_inodes = LIMIT_NONE,
	.timeout_s = LIMIT_NONE,
	.idle_timeout_s = LIMIT_NONE,
	.output_limit_bytes = LIMIT_NONE,
};

void limit_tighten(uint64_t *limit, uint64_t other)
{
	if (other < *limit)
		*limit = other;
}

uint64_t limit_or(uint64_t limit, uint64_t none)
{
	return limit == LIMIT_NONE ? none : limit;
}
