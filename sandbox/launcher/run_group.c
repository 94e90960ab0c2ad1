#include "sandbox/launcher/run_group.h"

#include "sandbox/launcher/degrade.h"
#include "sandbox/limits/cgroup_host.h"
#include "sandbox/limits/resource.h"

#include <string.h>

#define REMOVE_MS 2000

void run_group_paths(const struct cgroup *cgroup, const char *run_id, struct run_group_paths *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++) {
		if (cgroup->at[i].parent_fd < 0)
			continue;
		snprintf(ret->text[n], sizeof(ret->text[n]), "%s/cofferdam-%s", cgroup->at[i].path,
			run_id);
		ret->v[n] = ret->text[n];
		n++;
	}
	ret->v[n] = NULL;
}

void run_group_show(const struct cgroup *cgroup, struct root_plan *ret)
{
	const bool v1 = cgroup->driver == CGROUP_V1;

	_Static_assert(ROOT_GROUPS_MOST >= CGROUP_HIERARCHIES, "each has a place");
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++) {
		char *name = ret->groups[ret->groups_n];

		if (cgroup->at[i].fd < 0)
			continue;
		name[0] = '\0';
		if (v1)
			cgroup_controllers_text(
				cgroup->at[i].controllers, false, name, sizeof(ret->groups[0]));
		for (char *space = name; (space = strchr(space, ' ')) != NULL;)
			*space = ',';
		ret->groups_n++;
	}
}

/* Which requested limit does not stand? NULL if all do. A smaller applied value is the
 * kernel's rounding. */
static const char *missing_limit(const struct limits *asked, const struct limits *got)
{
	if (asked->memory_bytes != LIMIT_NONE && got->memory_bytes > asked->memory_bytes)
		return "memory";
	if (asked->swap_bytes != LIMIT_NONE && got->swap_bytes > asked->swap_bytes)
		return "swap";
	if (asked->cpus_milli != LIMIT_NONE && got->cpus_milli != asked->cpus_milli)
		return "cpus";
	if (asked->pids != LIMIT_NONE && got->pids > asked->pids)
		return "pids";
	if (asked->io_weight != LIMIT_NONE && got->io_weight != asked->io_weight)
		return "io-weight";
	return NULL;
}

int run_group_judge(const struct cgroup *cgroup, const struct config *config,
	struct outcome *outcome, struct failure *f)
{
	const char *missing = missing_limit(&outcome->requested, &outcome->applied);
	const char *driver = cgroup_driver_name(cgroup->driver);

	outcome->driver = cgroup->driver;
	snprintf(outcome->driver_detail, sizeof(outcome->driver_detail), "%s", cgroup->detail);
	if (!cgroup_driver_limits(cgroup->driver))
		return degrade(config, outcome->walls, WALL_CGROUP, f,
			"rlimits instead, %s; %s: %s", resource_uncounted(cgroup->driver), driver,
			cgroup->detail);
	if (missing != NULL)
		return degrade(config, outcome->walls, WALL_CGROUP, f,
			"driver %s has no limit for %s: %s", driver, missing, cgroup->detail);
	wall_set(outcome->walls, WALL_CGROUP, WALL_ENFORCED, "driver %s, limits read back; %s",
		driver, resource_uncounted(cgroup->driver));
	return 0;
}

int run_group_make(struct cgroup *cgroup, const struct config *config, struct outcome *outcome,
	struct failure *f)
{
	outcome->requested = config->limits;
	return cgroup_create(cgroup, outcome->id, &outcome->requested, &outcome->applied, f);
}

int run_group_limit_again(struct cgroup *cgroup, const struct config *config,
	struct outcome *outcome, struct failure *f)
{
	outcome->requested = config->limits;
	if (cgroup_driver_limits(outcome->driver) &&
		cgroup_limit(cgroup, &outcome->requested, &outcome->applied, f) < 0)
		return -1;
	return run_group_judge(cgroup, config, outcome, f);
}

static uint64_t timeval_ms(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_usec / 1000;
}

void run_group_count(
	const struct cgroup *cgroup, const struct rusage *keeper, struct cgroup_usage *ret)
{
	cgroup_usage(cgroup, ret);
	if (keeper == NULL)
		return;
	if (ret->cpu_user_ms == UINT64_MAX)
		ret->cpu_user_ms = timeval_ms(keeper->ru_utime);
	if (ret->cpu_system_ms == UINT64_MAX)
		ret->cpu_system_ms = timeval_ms(keeper->ru_stime);
	if (ret->memory_peak_bytes == UINT64_MAX) /* of the largest process: all there is */
		ret->memory_peak_bytes = (uint64_t)keeper->ru_maxrss * 1024;
}

static void note(void *data, const char *path, bool removed, const char *detail)
{
	reporter_teardown(data, path, removed, detail);
}

void run_group_remove(struct cgroup *cgroup, const struct reporter *reporter)
{
	cgroup_remove(cgroup, REMOVE_MS, note, (void *)reporter);
	cgroup_release(cgroup);
}
