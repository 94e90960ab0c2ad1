/* sandbox/verbs/gitlab_executor.h: the verb `gitlab-executor`: a driver for GitLab Runner.
 *
 * Called   by a runner with executor = "custom", once for config, once or more for prepare, many
 *          times for run SCRIPT STAGE, and once for cleanup, whatever went before.
 * State    a directory of the job in --state, whose name config has made up and the runner hands
 *          to every later call (job_env): no variable of the job can name another. In it lies
 *          what a stage has left for the next: one archive, made and unpacked in sandboxes alone.
 * Settings of a stage are those of gitlab-git, gitlab-artifacts or gitlab-script (.json), see
 *          config.h; what has no row there is a script.
 * Returns  0, BUILD_FAILURE_EXIT_CODE where the build ended so, SYSTEM_FAILURE_EXIT_CODE where a
 *          retry may help (merge.h) or nothing was begun.
 * Source   https://docs.gitlab.com/runner/executors/custom/
 */
#ifndef SANDBOX_VERBS_GITLAB_EXECUTOR_H
#define SANDBOX_VERBS_GITLAB_EXECUTOR_H

#include "sandbox/verbs/verb.h"

int verb_gitlab_executor(const struct verb_call *call, struct failure *f);
/* A command line that could not be read is nobody's build either. */
int verb_gitlab_executor_refuse(int argc, char *argv[], FILE *out, const struct failure *why);

#endif
