/* sandbox/launcher/run_group.h: the control group of a run, from the choice to what it used.
 *
 * Order    chosen, its paths written down, made, judged; perhaps limited again when the
 *          repository has asked for less; counted and removed at the end.
 */
#ifndef SANDBOX_LAUNCHER_RUN_GROUP_H
#define SANDBOX_LAUNCHER_RUN_GROUP_H

#include "namespaces/root.h"
#include "sandbox/launcher/reporter.h"
#include "sandbox/limits/cgroup.h"

#include <sys/resource.h>

/* Once it is made: which hierarchies the build is to see. */
void run_group_show(const struct cgroup *cgroup, struct root_plan *ret);

/* Where cgroup_create() is about to make the run's directories. NULL-terminated; the
 * texts are in place for as long as the array is. */
struct run_group_paths {
	char text[CGROUP_HIERARCHIES][CGROUP_PATH_BYTES + 64];
	const char *v[CGROUP_HIERARCHIES + 1];
};
void run_group_paths(const struct cgroup *cgroup, const char *run_id, struct run_group_paths *ret);

/* Make it, with the limits that are asked for. */
int run_group_make(struct cgroup *cgroup, const struct config *config, struct outcome *outcome,
	struct failure *f);
/* What the wall is worth: does each limit stand that was asked for? */
int run_group_judge(const struct cgroup *cgroup, const struct config *config,
	struct outcome *outcome, struct failure *f);
/* Set the limits again, after they were tightened, and judge them. */
int run_group_limit_again(struct cgroup *cgroup, const struct config *config,
	struct outcome *outcome, struct failure *f);

/* The group's own counters, and where it has none what wait4(2) counted of the keeper and all
 * that it reaped (NULL: it was not waited for). */
void run_group_count(
	const struct cgroup *cgroup, const struct rusage *keeper, struct cgroup_usage *ret);
/* Kill what is in it, and remove it. */
void run_group_remove(struct cgroup *cgroup, const struct reporter *reporter);

#endif
