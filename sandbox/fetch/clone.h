/* sandbox/fetch/clone.h: one repository from its source to a work tree. */
#ifndef SANDBOX_FETCH_CLONE_H
#define SANDBOX_FETCH_CLONE_H

#include "sandbox/fetch/job.h"

/* The whole of a job but its submodules; *ret_repository is the clone. */
int clone_run(const struct job *job, git_repository **ret_repository, struct revision *ret_revision,
	struct failure *f);

#endif
