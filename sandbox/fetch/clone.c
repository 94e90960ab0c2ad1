#include "sandbox/fetch/clone.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/copy.h"
#include "sandbox/fetch/history.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/origin.h"
#include "sandbox/fetch/remote.h"
#include "sandbox/fetch/revision.h"
#include "sandbox/fetch/worktree.h"

static int clone_local(git_repository *origin, git_repository *repository, const struct job *job,
	struct revision *ret, struct failure *f)
{
	struct job deep = *job;

	if (revision_resolve(origin, job->ref, ret, f) < 0)
		return fail_step(f, "fetch: find the commit");
	if (job->tags && history_depth(origin, &ret->commit, job->depth, &deep.depth, f) < 0)
		return fail_step(f, "fetch: find the nearest tag");
	if (copy_objects(origin, &deep, ret, git_repository_path(repository), f) < 0)
		return fail_step(f, "fetch: copy objects");
	return 0;
}

static int clone_init(
	const struct job *job, git_repository *origin, git_repository **ret, struct failure *f)
{
	own_mem char *url = NULL;
	struct job named = *job;

	if (origin != NULL && origin_url(origin, &url, f) < 0)
		return fail_step(f, "fetch: open the source");
	if (url != NULL)
		named.url = url;
	if (worktree_init(&named, ret, f) < 0)
		return fail_step(f, "fetch: create the clone");
	return 0;
}

int clone_run(const struct job *job, git_repository **ret_repository, struct revision *ret_revision,
	struct failure *f)
{
	own_git(repository) origin = NULL;
	own_git(repository) repository = NULL;

	if (job->kind == SOURCE_LOCAL && origin_open(job->places, job->source, &origin, f) < 0)
		return fail_step(f, "fetch: open the source");
	if (clone_init(job, origin, &repository, f) < 0)
		return -1;
	if (job->kind == SOURCE_LOCAL) {
		if (clone_local(origin, repository, job, ret_revision, f) < 0)
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
