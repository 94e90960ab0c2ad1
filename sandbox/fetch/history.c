/* git describe counts the commits that lead to HEAD and not to the tag. So all of these have to
 * be there, and the tag's commit, and nothing else: a commit from behind the tag, whose way to it
 * is cut off, would be counted too. */
#include "sandbox/fetch/history.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/objectset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int no_memory(struct failure *f)
{
	return fail(f, ENOMEM, "look for the nearest tag");
}

/* The commit of the tag that git describe names: 1; 0 if there is none. */
static int nearest_tag(git_repository *origin, const git_oid *commit, unsigned strategy,
	git_oid *ret, struct failure *f)
{
	git_describe_options options;
	git_describe_format_options format;
	git_describe_result *result = NULL;
	git_buf name = { 0 };
	own_git(object) start = NULL;
	own_git(reference) reference = NULL;
	own_git(object) tagged = NULL;
	char full[512];

	git_describe_options_init(&options, GIT_DESCRIBE_OPTIONS_VERSION);
	git_describe_format_options_init(&format, GIT_DESCRIBE_FORMAT_OPTIONS_VERSION);
	options.describe_strategy = strategy;
	format.abbreviated_size = 0; /* the name alone */
	if (git_object_lookup(&start, origin, commit, GIT_OBJECT_COMMIT) < 0)
		return library_fail(f, NULL, "read the commit");
	if (git_describe_commit(&result, start, &options) < 0)
		return 0;
	int rc = git_describe_format(&name, result, &format);

	git_describe_result_free(result);
	if (rc == 0)
		snprintf(full, sizeof(full), "refs/tags/%s", name.ptr);
	git_buf_dispose(&name);
	if (rc < 0 || git_reference_lookup(&reference, origin, full) < 0 ||
		git_reference_peel(&tagged, reference, GIT_OBJECT_COMMIT) < 0)
		return library_fail(f, NULL, "find the nearest tag");
	*ret = *git_object_id(tagged);
	return 1;
}

/* What leads to commit and not to tag, and the tag's own. */
static int collect(git_repository *origin, const git_oid *commit, const git_oid *tag,
	struct objectset *ret, struct failure *f)
{
	git_revwalk *walk = NULL;
	git_oid id;
	int rc;

	if (objectset_add(ret, tag->id, GIT_OBJECT_COMMIT) < 0)
		return no_memory(f);
	rc = git_revwalk_new(&walk, origin);
	if (rc == 0)
		rc = git_revwalk_push(walk, commit);
	if (rc == 0)
		rc = git_revwalk_hide(walk, tag);
	while (rc == 0 && (rc = git_revwalk_next(&id, walk)) == 0)
		if (objectset_add(ret, id.id, GIT_OBJECT_COMMIT) < 0)
			break;
	git_revwalk_free(walk);
	if (rc == 0)
		return no_memory(f);
	return rc == GIT_ITEROVER ? 0 : library_fail(f, NULL, "walk to the nearest tag");
}

static int add_parents(
	git_repository *origin, const unsigned char *id, struct objectset *seen, struct failure *f)
{
	own_git(commit) commit = NULL;
	git_oid oid = { 0 };

	memcpy(oid.id, id, sizeof(oid.id));
	if (git_commit_lookup(&commit, origin, &oid) < 0)
		return library_fail(f, NULL, "walk to the nearest tag");
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++)
		if (objectset_add(seen, git_commit_parent_id(commit, i)->id, GIT_OBJECT_COMMIT) < 0)
			return no_memory(f);
	return 0;
}

/* The generation in which the last of wanted is met, 0 if one is met that is not of them. */
static int generations(git_repository *origin, const git_oid *commit,
	const struct objectset *wanted, struct objectset *seen, uint32_t *ret, struct failure *f)
{
	uint32_t done = 0, met = 0;

	*ret = 0;
	if (objectset_add(seen, commit->id, GIT_OBJECT_COMMIT) < 0)
		return no_memory(f);
	for (uint32_t generation = 1; done < seen->count; generation++) {
		uint32_t end = seen->count;

		for (uint32_t i = done; i < end; i++) {
			if (!objectset_has(wanted, seen->items[i].id))
				return 0;
			met++;
		}
		if (met == wanted->count) {
			*ret = generation;
			return 0;
		}
		for (; done < end; done++)
			if (add_parents(origin, seen->items[done].id, seen, f) < 0)
				return -1;
	}
	return 0;
}

static int depth_to(git_repository *origin, const git_oid *commit, const git_oid *tag,
	uint32_t *ret, struct failure *f)
{
	struct objectset wanted = { 0 }, seen = { 0 };
	int rc = collect(origin, commit, tag, &wanted, f);

	if (rc == 0)
		rc = generations(origin, commit, &wanted, &seen, ret, f);
	objectset_release(&wanted);
	objectset_release(&seen);
	return rc;
}

int history_depth(git_repository *origin, const git_oid *commit, uint32_t depth, uint32_t *ret,
	struct failure *f)
{
	static const unsigned strategies[] = { GIT_DESCRIBE_DEFAULT, GIT_DESCRIBE_TAGS };
	git_oid tag;

	for (size_t i = 0; i < ARRAY_LEN(strategies) && depth > 0; i++) {
		uint32_t needed = 0;
		int found = nearest_tag(origin, commit, strategies[i], &tag, f);

		if (found < 0 || (found > 0 && depth_to(origin, commit, &tag, &needed, f) < 0))
			return -1;
		if (found > 0 && (needed == 0 || needed > depth))
			depth = needed;
	}
	*ret = depth;
	return 0;
}
