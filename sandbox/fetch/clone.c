#include "sandbox/fetch/clone.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/copy.h"
#include "sandbox/fetch/history.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/mirror.h"
#include "sandbox/fetch/origin.h"
#include "sandbox/fetch/remote.h"
#include "sandbox/fetch/revision.h"
#include "sandbox/fetch/worktree.h"

#include <fcntl.h>
#include <unistd.h>

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

/* ---- from a server, by way of a mirror ---- */

static int copy_from_mirror(git_repository *origin, git_repository *repository,
	const struct job *job, const struct revision *revision, struct failure *f)
{
	struct job checked = *job;

	checked.verify = true;
	return copy_objects(origin, &checked, revision, git_repository_path(repository), f);
}

static int clone_mirrored(struct mirror *mirror, git_repository *repository, const struct job *job,
	struct revision *ret, struct failure *f)
{
	struct job into_mirror = *job;

	if (mirror_answers(mirror, job, ret)) {
		mirror->listed = true;
		mirror->told.contact = FETCH_CONTACT_NONE;
		return copy_from_mirror(mirror->kept, repository, job, ret, f);
	}
	into_mirror.into = MIRROR_NEW;
	if (remote_fetch(mirror->repository, &into_mirror, mirror, ret, f) < 0 ||
		copy_from_mirror(mirror->repository, repository, job, ret, f) < 0)
		return -1;
	mirror->told.whole = mirror->told.contact == FETCH_CONTACT_FETCHED;
	return mirror->told.whole ? mirror_remember(mirror, &ret->commit, f) : 0;
}

/* What a copy that failed may have left: a second one makes it anew. */
static int clear_copy(git_repository *repository, struct failure *f)
{
	static const char *const files[] = { "packed-refs", "shallow" };
	own_fd int dir = open(git_repository_path(repository), O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (unlinkat(dir, files[i], 0) < 0 && errno != ENOENT)
			return fail(f, errno, "remove %s", files[i]);
	return 0;
}

/* With something kept, and a server that answers, what fails is not to be said to be the server's
 * fault: it is asked once more, as if nothing were kept. */
static int clone_remote(git_repository *repository, const struct job *job, struct revision *ret,
	bool *ret_checked, struct failure *f)
{
	struct mirror mirror;
	bool full;
	int rc;

	*ret_checked = false;
	if (!job->mirror)
		return remote_fetch(repository, job, NULL, ret, f);
	if (mirror_open(job, &mirror, f) < 0)
		return -1;
	rc = clone_mirrored(&mirror, repository, job, ret, f);
	*ret_checked = rc == 0;
	/* By way of a mirror it takes more room: without deltas in the clone, and twice. */
	full = rc < 0 && f->errnum == ENOSPC;
	if (rc < 0 && (full || (mirror.listed && mirror.kept != NULL))) {
		*f = (struct failure){ 0 };
		mirror.told =
			(struct fetch_mirror){ .contact = FETCH_CONTACT_FETCHED, .damaged = !full };
		rc = clear_copy(repository, f) < 0 ? -1
						   : remote_fetch(repository, job, NULL, ret, f);
	}
	mirror_release(&mirror);
	return rc < 0 ? -1 : channel_mirror(job->channel, &mirror.told, f);
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

/* What was held against its names when it was copied here need not be again. */
static int check_out(git_repository *repository, const struct job *job,
	const struct revision *revision, bool checked, struct failure *f)
{
	int rc;

	library_verify(!checked);
	rc = worktree_checkout(repository, job, revision, f);
	library_verify(true);
	return rc < 0 ? fail_step(f, "fetch: check out") : 0;
}

int clone_run(const struct job *job, git_repository **ret_repository, struct revision *ret_revision,
	struct failure *f)
{
	own_git(repository) origin = NULL;
	own_git(repository) repository = NULL;
	bool checked = false;

	if (job->kind == SOURCE_LOCAL && origin_open(job->places, job->source, &origin, f) < 0)
		return fail_step(f, "fetch: open the source");
	if (clone_init(job, origin, &repository, f) < 0)
		return -1;
	if (job->kind == SOURCE_LOCAL) {
		if (clone_local(origin, repository, job, ret_revision, f) < 0)
			return -1;
	} else if (clone_remote(repository, job, ret_revision, &checked, f) < 0) {
		return fail_step(f, "fetch: transfer");
	}
	if (check_out(repository, job, ret_revision, checked, f) < 0)
		return -1;
	if (worktree_point(repository, job, ret_revision, f) < 0)
		return fail_step(f, "fetch: set references");
	*ret_repository = repository;
	repository = NULL;
	return 0;
}
