#include "sandbox/fetch/clone.h"

#include "sandbox/fetch/copy.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/origin.h"
#include "sandbox/fetch/remote.h"
#include "sandbox/fetch/revision.h"
#include "sandbox/fetch/worktree.h"

static int clone_local(
	git_repository *repository, const struct job *job, struct revision *ret, struct failure *f)
{
	own_git(repository) origin = NULL;

	if (origin_open(job->source, &origin, f) < 0)
		return fail_step(f, "fetch: open the source");
	if (revision_resolve(origin, job->ref, ret, f) < 0)
		return fail_step(f, "fetch: find the commit");
	if (copy_objects(origin, job, ret, git_repository_path(repository), f) < 0)
		return fail_step(f, "fetch: copy objects");
	return 0;
}

int clone_run(const struct job *job, git_repository **ret_repository, struct revision *ret_revision,
	struct failure *f)
{
	own_git(repository) repository = NULL;

	if (worktree_init(job, &repository, f) < 0)
		return fail_step(f, "fetch: create the clone");
	if (job->kind == SOURCE_LOCAL) {
		if (clone_local(repository, job, ret_revision, f) < 0)
			return -1;
	} else if (remote_fetch(repository, job, ret_revision, f) < 0) {
		return fail_step(f, "fetch: transfer");
	}
	if (worktree_checkout(repository, job, ret_revision, f) < 0)
		return fail_step(f, "fetch: check out");
	if (worktree_point(repository, job, ret_revision, f) < 0)
		return fail_step(f, "fetch: set references");
	*ret_repository = repository;
	repository = NULL;
	return 0;
}
