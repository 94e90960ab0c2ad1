/* sandbox/verbs/gitlab_job.h: the directory that a job of GitLab Runner has between its stages.
 *
 * Where    STATE/NAME, 0700, where NAME is what `config` made up and the runner put into our
 *          variable GITLAB_JOB_VARIABLE; in it GITLAB_JOB_ARCHIVE, once a stage has ended.
 * Trusts   no variable of the job's: those come as CUSTOM_ENV_…, and any of them may be its own.
 */
#ifndef SANDBOX_VERBS_GITLAB_JOB_H
#define SANDBOX_VERBS_GITLAB_JOB_H

#include "sandbox/base/failure.h"

#define GITLAB_JOB_VARIABLE "COFFERDAM_GITLAB_JOB"
#define GITLAB_JOB_ARCHIVE  "cofferdam-job.tar"
#define GITLAB_JOB_PATH     512

/* state: --state, or NULL. Make it; it may be there already, for a runner tries three times. */
int gitlab_job_make(const char *state, struct failure *f);
/* Its path, if prepare has made it. */
int gitlab_job_find(const char *state, char ret[GITLAB_JOB_PATH], struct failure *f);
/* Remove it and what is in it. None is there: that is well. */
int gitlab_job_remove(const char *state, struct failure *f);

#endif
