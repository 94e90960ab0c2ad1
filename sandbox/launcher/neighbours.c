#include "sandbox/launcher/neighbours.h"

#include "sandbox/limits/processors.h"
#include "sandbox/state/state.h"

#include <cjson/cJSON.h>
#include <unistd.h>

static void count(void *load, const struct state_entry *entry)
{
	const cJSON *keeper = cJSON_GetObjectItemCaseSensitive(entry->facts, "keeper");

	if (entry->alive && cJSON_IsNumber(keeper) && keeper->valueint > 0)
		processors_count(load, keeper->valueint);
}

unsigned neighbours_processor(uint64_t cpus_milli)
{
	struct processors_load load = { 0 };
	int dirs[STATE_DIRS_MAX];
	size_t n = state_dirs_open(dirs);

	for (size_t i = 0; i < n; i++) {
		state_each(dirs[i], false, count, &load);
		close(dirs[i]);
	}
	return processors_first(cpus_milli, &load, (unsigned)getpid());
}
