/* In this order: find the commits, generation by generation; find their trees and
 * blobs; find the tags that lead to them; now the number of objects is known, and
 * the pack is written; then shallow and packed-refs.
 *
 * Names are not checked against contents here, which would cost a second hash of
 * everything: the checkout reads the same objects from the pack, and checks. But of a mirror they
 * are: what is broken there can be fetched again, and nobody else is to find it. */
#include "sandbox/fetch/copy.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/objectset.h"
#include "sandbox/fetch/packfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* Objects are stored undeflated while the pack is below this part of the free
 * tmpfs: deflating takes longer than all the rest, but room is not ours to waste. */
#define STORED_PART 8
#define TAG_CHAIN   8 /* tags of tags that are followed */

struct copy {
	git_repository *origin;
	git_odb *odb;
	const struct job *job;
	struct objectset objects;
	struct objectset origin_shallow; /* commits whose parents the source lacks itself */
	struct objectset shallow;        /* commits whose parents we leave out */
	bool short_of;                   /* the source ends before the depth */
	FILE *packed_refs;
};

static void copy_release(struct copy *copy)
{
	objectset_release(&copy->objects);
	objectset_release(&copy->origin_shallow);
	objectset_release(&copy->shallow);
	git_odb_free(copy->odb);
	own_file_end(&copy->packed_refs);
}

static int copy_want(struct copy *copy, const git_oid *id, git_object_t type, struct failure *f)
{
	if (objectset_add(&copy->objects, id->id, (unsigned char)type) < 0)
		return fail(f, ENOMEM, "remember %u objects", copy->objects.count);
	return 0;
}

static int object_missing(int rc, const git_oid *id, const char *kind, struct failure *f)
{
	char hex[GIT_OID_HEXSZ + 1];

	git_oid_tostr(hex, sizeof(hex), id);
	if (rc != GIT_ENOTFOUND)
		return library_fail(f, NULL, "read the %s %s of the source", kind, hex);
	fail(f, 0, "the source lacks the %s %s", kind, hex);
	return fail_remedy(f,
		"a partial clone cannot be a source: run git fetch --refetch --no-filter in it; "
		"if it is none, git fsck tells what is broken");
}

/* The file that lists where history was cut; the parser takes only whole names. */
static int copy_read_shallow(struct copy *copy, struct failure *f)
{
	char path[4096], line[256];
	git_oid id;

	snprintf(path, sizeof(path), "%sshallow", git_repository_commondir(copy->origin));
	own_file FILE *file = fopen(path, "re");

	if (file == NULL)
		return errno == ENOENT ? 0 : fail(f, errno, "read the source's shallow file");
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) != GIT_OID_HEXSZ || git_oid_fromstr(&id, line) < 0)
			return fail(
				f, 0, "the source's shallow file has a line that names no commit");
		if (objectset_add(&copy->origin_shallow, id.id, GIT_OBJECT_COMMIT) < 0)
			return fail(f, ENOMEM, "read the source's shallow file");
	}
	return 0;
}

static int copy_commit(struct copy *copy, const git_oid *id, bool last, struct failure *f)
{
	own_git(commit) commit = NULL;
	int rc = git_commit_lookup(&commit, copy->origin, id);

	if (rc < 0)
		return object_missing(rc, id, "commit", f);
	unsigned parents = git_commit_parentcount(commit);

	/* From 1.7 on libgit2 tells no parents of a commit that the source's shallow file names. */
	bool ends = objectset_has(&copy->origin_shallow, id->id);

	copy->short_of = copy->short_of || (ends && !last);
	if ((parents > 0 && last) || ends) {
		if (objectset_add(&copy->shallow, id->id, GIT_OBJECT_COMMIT) < 0)
			return fail(f, ENOMEM, "remember where history ends");
		return 0;
	}
	for (unsigned i = 0; i < parents; i++)
		if (copy_want(copy, git_commit_parent_id(commit, i), GIT_OBJECT_COMMIT, f) < 0)
			return -1;
	return 0;
}

static git_oid oid_at(const struct objectset *set, uint32_t i)
{
	git_oid id = { 0 };

	memcpy(id.id, set->items[i].id, sizeof(set->items[i].id));
	return id;
}

/* Breadth first, so that a commit is met in its nearest generation. */
static int copy_find_commits(struct copy *copy, const git_oid *tip, struct failure *f)
{
	uint32_t done = 0;

	if (copy_want(copy, tip, GIT_OBJECT_COMMIT, f) < 0)
		return -1;
	for (uint32_t generation = 1; done < copy->objects.count; generation++) {
		uint32_t end = copy->objects.count;

		for (; done < end; done++) {
			git_oid id = oid_at(&copy->objects, done);

			if (copy_commit(copy, &id, generation == copy->job->depth, f) < 0)
				return -1;
		}
	}
	return 0;
}

static int copy_find_roots(struct copy *copy, struct failure *f)
{
	uint32_t commits = copy->objects.count;

	for (uint32_t i = 0; i < commits; i++) {
		own_git(commit) commit = NULL;
		git_oid id = oid_at(&copy->objects, i);
		int rc = git_commit_lookup(&commit, copy->origin, &id);

		if (rc < 0)
			return object_missing(rc, &id, "commit", f);
		if (copy_want(copy, git_commit_tree_id(commit), GIT_OBJECT_TREE, f) < 0)
			return -1;
	}
	return 0;
}

static int copy_find_entries(struct copy *copy, const git_oid *id, struct failure *f)
{
	own_git(tree) tree = NULL;
	int rc = git_tree_lookup(&tree, copy->origin, id);

	if (rc < 0)
		return object_missing(rc, id, "tree", f);
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		git_object_t type = git_tree_entry_type(entry);

		/* a commit in a tree is a submodule: its object is not of this repository */
		if (type != GIT_OBJECT_COMMIT &&
			copy_want(copy, git_tree_entry_id(entry), type, f) < 0)
			return -1;
	}
	return 0;
}

/* No recursion: a stranger chooses how deep trees nest. What is found is appended
 * to the list that is being walked. */
static int copy_find_trees(struct copy *copy, struct failure *f)
{
	for (uint32_t i = 0; i < copy->objects.count; i++) {
		git_oid id = oid_at(&copy->objects, i);

		if (copy->objects.items[i].type != GIT_OBJECT_TREE)
			continue;
		if (copy_find_entries(copy, &id, f) < 0)
			return -1;
	}
	return 0;
}

/* Follow a tag of the source to its commit; want the tag objects if we have that. */
static int copy_tag(struct copy *copy, git_reference *reference, struct failure *f)
{
	const git_oid *revision = git_reference_target(reference);
	git_oid chain[TAG_CHAIN], id;
	char hex[GIT_OID_HEXSZ + 1];
	unsigned links = 0;

	if (revision == NULL)
		return 0;
	for (id = *revision; !objectset_has(&copy->objects, id.id); links++) {
		own_git(tag) tag = NULL;

		if (links == TAG_CHAIN || git_tag_lookup(&tag, copy->origin, &id) < 0)
			return 0;
		chain[links] = id;
		id = *git_tag_target_id(tag);
	}
	for (unsigned i = 0; i < links; i++)
		if (copy_want(copy, &chain[i], GIT_OBJECT_TAG, f) < 0)
			return -1;
	git_oid_tostr(hex, sizeof(hex), revision);
	if (fprintf(copy->packed_refs, "%s %s\n", hex, git_reference_name(reference)) < 0)
		return fail(f, errno, "write packed-refs");
	return 0;
}

static int copy_find_tags(struct copy *copy, struct failure *f)
{
	own_git(reference_iterator) iterator = NULL;
	int rc;

	if (git_reference_iterator_glob_new(&iterator, copy->origin, "refs/tags/*") < 0)
		return library_fail(f, NULL, "list the tags of the source");
	for (;;) {
		own_git(reference) reference = NULL;

		rc = git_reference_next(&reference, iterator);
		if (rc < 0)
			break;
		if (copy_tag(copy, reference, f) < 0)
			return -1;
	}
	return rc == GIT_ITEROVER ? 0 : library_fail(f, NULL, "list the tags of the source");
}

static int copy_object(struct copy *copy, struct packfile *pack, uint32_t i, struct failure *f)
{
	own_git(odb_object) object = NULL;
	git_oid id = oid_at(&copy->objects, i);
	git_object_t type = (git_object_t)copy->objects.items[i].type;
	int rc = git_odb_read(&object, copy->odb, &id);

	if (rc < 0)
		return object_missing(rc, &id, git_object_type2string(type), f);
	if (git_odb_object_type(object) != type)
		return fail(f, 0, "an object of the source is a %s where a %s is named",
			git_object_type2string(git_odb_object_type(object)),
			git_object_type2string(type));
	/* the numbers of git_object_t are those of the pack format */
	return packfile_add(pack, (enum packfile_type)type, id.id, git_odb_object_data(object),
		git_odb_object_size(object), f);
}

static int copy_write_objects(struct copy *copy, struct packfile *pack, struct failure *f)
{
	uint32_t count = copy->objects.count;

	for (uint32_t i = 0; i < count; i++) {
		if (copy_object(copy, pack, i, f) < 0)
			return -1;
		if ((i & 63) == 63 || i + 1 == count)
			channel_progress(
				copy->job->channel, FETCH_STAGE_OBJECTS, i + 1, count, pack->bytes);
	}
	return packfile_finish(pack, f);
}

static int copy_write_pack(struct copy *copy, int git_dir, struct failure *f)
{
	struct packfile pack = { .fd = -1 };
	struct statvfs vfs;
	own_fd int dir = openat(git_dir, "objects/pack", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return fail(f, errno, "open objects/pack of the clone");
	if (fstatvfs(git_dir, &vfs) < 0)
		return fail(f, errno, "ask for the room in the tmpfs");
	uint64_t free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	int rc = packfile_open(&pack, dir, copy->objects.count, free_bytes / STORED_PART, f);

	if (rc == 0)
		rc = copy_write_objects(copy, &pack, f);
	packfile_release(&pack);
	return rc;
}

static FILE *create_at(int git_dir, const char *name)
{
	own_fd int fd = openat(git_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file != NULL)
		own_fd_give(&fd);
	return file;
}

static int finish_file(FILE **file, const char *name, struct failure *f)
{
	FILE *closing = *file;

	*file = NULL;
	if (fclose(closing) == EOF)
		return fail(f, errno, "write %s", name);
	return 0;
}

static int copy_write_shallow(const struct copy *copy, int git_dir, struct failure *f)
{
	char hex[GIT_OID_HEXSZ + 1];

	if (copy->shallow.count == 0)
		return 0;
	own_file FILE *file = create_at(git_dir, "shallow");

	if (file == NULL)
		return fail(f, errno, "create the shallow file");
	for (uint32_t i = 0; i < copy->shallow.count; i++) {
		git_oid id = oid_at(&copy->shallow, i);

		fprintf(file, "%s\n", git_oid_tostr(hex, sizeof(hex), &id));
	}
	return finish_file(&file, "the shallow file", f);
}

static int copy_find(struct copy *copy, const struct revision *revision, struct failure *f)
{
	if (copy_read_shallow(copy, f) < 0 || copy_find_commits(copy, &revision->commit, f) < 0 ||
		copy_find_roots(copy, f) < 0 || copy_find_trees(copy, f) < 0)
		return -1;
	return copy_find_tags(copy, f);
}

static int copy_run(
	struct copy *copy, const struct revision *revision, int git_dir, struct failure *f)
{
	if (git_repository_odb(&copy->odb, copy->origin) < 0)
		return library_fail(f, NULL, "open the objects of the source");
	copy->packed_refs = create_at(git_dir, "packed-refs");
	if (copy->packed_refs == NULL)
		return fail(f, errno, "create packed-refs");
	if (copy_find(copy, revision, f) < 0 || copy_write_pack(copy, git_dir, f) < 0 ||
		copy_write_shallow(copy, git_dir, f) < 0)
		return -1;
	return finish_file(&copy->packed_refs, "packed-refs", f);
}

int copy_objects(git_repository *origin, const struct job *job, const struct revision *revision,
	const char *git_dir, struct failure *f)
{
	struct copy copy = { .origin = origin, .job = job };
	own_fd int dir = open(git_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return fail(f, errno, "open the clone's .git");
	library_verify(job->verify);
	int rc = copy_run(&copy, revision, dir, f);

	library_verify(true);
	copy_release(&copy);
	if (rc < 0 && f->errnum == ENOSPC)
		return library_fail_full(f, job->into);
	return rc;
}

bool copy_reaches(git_repository *origin, const git_oid *commit, uint32_t depth)
{
	const struct job job = { .depth = depth };
	struct copy copy = { .origin = origin, .job = &job };
	struct failure ignored;
	bool whole = copy_read_shallow(&copy, &ignored) == 0 &&
		     copy_find_commits(&copy, commit, &ignored) == 0 && !copy.short_of;

	copy_release(&copy);
	return whole;
}
