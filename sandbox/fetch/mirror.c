#include "sandbox/fetch/mirror.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/copy.h"
#include "sandbox/fetch/duplicate.h"
#include "sandbox/fetch/feature.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/worktree.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PACKS_MOST 200 /* each is opened to find an object: then it is begun anew */
#define KEPT       "refs/cofferdam/kept/" /* and the object: no name of a server's stands in its way */

/* ---- what is kept ---- */

/* -1: there cannot be any. */
static int count_packs(void)
{
	own_dir DIR *dir = opendir(MIRROR_KEPT "/objects/pack");
	int n = 0;

	if (dir == NULL)
		return -1;
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		n += strstr(e->d_name, ".pack") != NULL;
	return n;
}

static void open_kept(struct mirror *m)
{
	int packs;

	if (access(MIRROR_KEPT, F_OK) < 0)
		return;
	packs = count_packs();
	if (packs >= PACKS_MOST)
		return;
	m->told.damaged =
		packs < 0 || git_repository_open_ext(&m->kept, MIRROR_KEPT,
				     GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE |
					     GIT_REPOSITORY_OPEN_NO_DOTGIT,
				     NULL) < 0;
}

int mirror_open(const struct job *job, struct mirror *ret, struct failure *f)
{
	*ret = (struct mirror){ .all = !FEATURE_DEPTH };
	if (worktree_init_bare(job, MIRROR_NEW, &ret->repository, f) < 0)
		return -1;
	open_kept(ret);
	return 0;
}

void mirror_release(struct mirror *mirror)
{
	own_repository_end(&mirror->repository);
	own_repository_end(&mirror->kept);
}

/* ---- what it has ---- */

bool mirror_has(const struct mirror *mirror, const git_oid *id, uint32_t depth)
{
	own_git(object) object = NULL;
	own_git(object) commit = NULL;

	return mirror->kept != NULL &&
	       git_object_lookup(&object, mirror->kept, id, GIT_OBJECT_ANY) == 0 &&
	       git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0 &&
	       copy_reaches(mirror->kept, git_object_id(commit), depth);
}

bool mirror_answers(const struct mirror *mirror, const struct job *job, struct revision *ret)
{
	git_oid id;

	if (job->ref == NULL || strlen(job->ref) != GIT_OID_HEXSZ || !revision_is_hex(job->ref) ||
		git_oid_fromstr(&id, job->ref) < 0 || !mirror_has(mirror, &id, job->depth))
		return false;
	*ret = (struct revision){ .commit = id };
	return true;
}

/* ---- lent to the new one ---- */

static int keep_object(git_repository *repository, const git_oid *id)
{
	own_git(reference) reference = NULL;
	char name[sizeof(KEPT) + GIT_OID_HEXSZ] = KEPT;

	git_oid_tostr(name + strlen(KEPT), GIT_OID_HEXSZ + 1, id);
	return git_reference_create(&reference, repository, name, id, 1, NULL);
}

/* Not by its name: what was a branch may be a directory of branches now. */
static int borrow_reference(struct mirror *m, const git_reference *kept, struct failure *f)
{
	const char *name = git_reference_name(kept);
	const git_oid *id = git_reference_target(kept);

	if (id == NULL || strncmp(name, REFS_TAGS, strlen(REFS_TAGS)) == 0)
		return 0;
	if (keep_object(m->repository, id) < 0)
		return library_fail(f, MIRROR_NEW, "take over what is kept");
	return 0;
}

static int borrow_references(struct mirror *m, struct failure *f)
{
	own_git(reference_iterator) iterator = NULL;
	int rc = git_reference_iterator_new(&iterator, m->kept);

	while (rc == 0) {
		own_git(reference) reference = NULL;

		rc = git_reference_next(&reference, iterator);
		if (rc == 0 && borrow_reference(m, reference, f) < 0)
			return -1;
	}
	return rc == GIT_ITEROVER ? 0 : library_fail(f, MIRROR_NEW, "list what is kept");
}

/* Where its history ends. */
static int borrow_shallow(struct failure *f)
{
	own_fd int from = open(MIRROR_KEPT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd int to = open(MIRROR_NEW, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_mem char *buffer = malloc(DUPLICATE_BYTES);
	const struct duplicate shallow = { from, to, "shallow", "shallow", buffer };

	if (from < 0 || to < 0 || buffer == NULL)
		return fail(f, errno, "open what is kept");
	return faccessat(from, shallow.name, F_OK, 0) < 0 ? 0 : duplicate_file(&shallow, f);
}

int mirror_borrow(struct mirror *mirror, struct failure *f)
{
	own_git(odb) odb = NULL;

	if (mirror->kept == NULL)
		return 0;
	if (git_repository_odb(&odb, mirror->repository) < 0 ||
		git_odb_add_disk_alternate(odb, MIRROR_KEPT "/objects") < 0)
		return library_fail(f, MIRROR_NEW, "open what is kept");
	return borrow_shallow(f) < 0 ? -1 : borrow_references(mirror, f);
}

int mirror_remember(const struct mirror *mirror, const git_oid *commit, struct failure *f)
{
	if (keep_object(mirror->repository, commit) < 0)
		return library_fail(f, MIRROR_NEW, "note what was fetched");
	return 0;
}
