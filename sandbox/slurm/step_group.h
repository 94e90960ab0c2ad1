/* sandbox/slurm/step_group.h: control groups of the user's own within a task of Slurm's.
 *
 * Runs in  slurmstepd, as root, after the task's process is in its groups and before it executes.
 * Leaves   with cgroup v1 a directory "cofferdam-uid-<uid>" in each of the task's groups that
 *          limits something; never in that of the freezer, by which Slurm counts and signals.
 *          With v2, where a group with processes gives no limits to its children, a directory
 *          beside the task's, "task_0.cofferdam", and the right to start processes in it.
 *          All of it is below the groups of the step and of the job, whose limits hold.
 * Fails    if there is nothing to hand over, and where it would not be the job's.
 */
#ifndef SANDBOX_SLURM_STEP_GROUP_H
#define SANDBOX_SLURM_STEP_GROUP_H

#include "sandbox/base/failure.h"
#include "sandbox/limits/cgroup_host.h"

#include <sys/types.h>

struct step_group {
	pid_t task;
	uid_t uid;
	bool beside;             /* v2 */
	struct cgroup_host host; /* the task's own groups */
};

/* root: "" but in tests. */
int step_group_make(struct step_group *ret, const char *root, pid_t task, uid_t uid, gid_t gid,
	struct failure *f);

/* Is the task where Slurm has put it? The right to start processes beside is, to the kernel, the
 * right to move there, and Slurm does not signal who is there. True also when it is dead. */
bool step_group_keeps(const struct step_group *group, const char *root);

/* Kill what is left, and remove what is the job's, so that Slurm can remove its own. What runs of
 * other jobs may be using stays for gc. */
int step_group_remove(const struct step_group *group, const char *root, struct failure *f);

#endif
