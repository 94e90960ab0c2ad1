/* sandbox/launcher/scope.h: the user's service manager, asked by cofferdam-scope.
 *
 * Runs in  the launcher, after root was given up; in explain and in the doctor's trial.
 * Needs    a session bus; one thread, because it clones.
 * Leaves   no process and no descriptor. After a start this process is in a scope, which
 *          systemd removes when the last process in it has ended.
 * Fails    when nobody answers in time (sandbox/scope/scope_answer.h). A manager that is only late
 *          may still move us; that changes neither limits nor who may stop us.
 */
#ifndef SANDBOX_LAUNCHER_SCOPE_H
#define SANDBOX_LAUNCHER_SCOPE_H

#include "sandbox/limits/cgroup.h"

/* For cgroup_choose(). The job must outlive it. */
struct scope_job {
	const char *run_id; /* NULL: only look */
	bool was_root;      /* then the environment is root's and names root's bus */
};
struct cgroup_manager scope_manager(struct scope_job *job);

#endif
