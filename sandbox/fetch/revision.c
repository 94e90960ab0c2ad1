#include "sandbox/fetch/revision.h"

#include "sandbox/base/own.h"
#include "sandbox/config/ref_suffix.h"
#include "sandbox/fetch/library.h"

#include <stdio.h>
#include <string.h>

bool revision_is_hex(const char *word)
{
	size_t length = strspn(word, "0123456789abcdefABCDEF");

	return word[length] == '\0' && length >= 4 && length <= GIT_OID_HEXSZ;
}

void revision_names_add(struct revision_names *names, const char *full_name)
{
	static const char *const prefixes[] = { "refs/heads/", REFS_TAGS };
	size_t used = strlen(names->text);

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t skip = strlen(prefixes[i]);

		if (strncmp(full_name, prefixes[i], skip) != 0 || strchr(full_name, '^') != NULL)
			continue;
		if (used + strlen(full_name + skip) + 3 > sizeof(names->text)) {
			names->left_out++;
			return;
		}
		snprintf(names->text + used, sizeof(names->text) - used, "%s%s",
			used > 0 ? ", " : "", full_name + skip);
	}
}

int revision_not_found(const char *word, const struct revision_names *names, struct failure *f)
{
	fail(f, 0, "%s is neither a branch nor a tag nor a commit of the repository", word);
	if (names->text[0] == '\0')
		return fail_remedy(f, "the repository has neither branches nor tags");
	if (names->left_out > 0)
		return fail_remedy(f, "it has %s and %u more", names->text, names->left_out);
	return fail_remedy(f, "it has %s", names->text);
}

static int revision_at(git_reference *reference, struct revision *ret, struct failure *f)
{
	own_git(object) commit = NULL;
	const char *name = git_reference_name(reference);

	if (git_reference_peel(&commit, reference, GIT_OBJECT_COMMIT) < 0)
		return library_fail(f, NULL, "%s does not lead to a commit", name);
	if (strlen(name) >= sizeof(ret->ref))
		return fail(f, 0, "the name %s is too long", name);
	ret->commit = *git_object_id(commit);
	snprintf(ret->ref, sizeof(ret->ref), "%s", strcmp(name, "HEAD") == 0 ? "" : name);
	return 0;
}

/* git_repository_is_empty() would not do: it also wants HEAD on the default branch. */
static bool has_references(git_repository *repository)
{
	own_git(reference_iterator) iterator = NULL;
	const char *name;

	return git_reference_iterator_new(&iterator, repository) == 0 &&
	       git_reference_next_name(&name, iterator) == 0;
}

static int revision_head(git_repository *repository, struct revision *ret, struct failure *f)
{
	own_git(reference) head = NULL;
	int rc = git_repository_head(&head, repository);

	if (rc == GIT_EUNBORNBRANCH || rc == GIT_ENOTFOUND) {
		if (has_references(repository))
			fail(f, 0, "HEAD of the repository points to a branch that does not exist");
		else
			fail(f, 0, "the repository has no commits");
		return fail_remedy(f, "commit something, or name a branch: SOURCE#BRANCH");
	}
	if (rc < 0)
		return library_fail(f, NULL, "read HEAD");
	return revision_at(head, ret, f);
}

/* 0 found, 1 not there, -1 failed. */
static int revision_named(git_repository *repository, const char *prefix, const char *word,
	struct revision *ret, struct failure *f)
{
	own_git(reference) reference = NULL;
	own_git(reference) direct = NULL;
	char name[300];

	if ((size_t)snprintf(name, sizeof(name), "%s%s", prefix, word) >= sizeof(name))
		return 1;
	int rc = git_reference_lookup(&reference, repository, name);

	if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
		return 1;
	if (rc < 0 || git_reference_resolve(&direct, reference) < 0)
		return library_fail(f, NULL, "read %s", name);
	return revision_at(direct, ret, f);
}

int revision_resolve_commit(
	git_repository *repository, const char *word, struct revision *ret, struct failure *f)
{
	own_git(object) object = NULL;
	own_git(object) commit = NULL;
	git_oid prefix;
	size_t length = strlen(word);

	if (git_oid_fromstrn(&prefix, word, length) < 0)
		return library_fail(f, NULL, "%s", word);
	int rc = git_object_lookup_prefix(&object, repository, &prefix, length, GIT_OBJECT_ANY);

	if (rc == GIT_EAMBIGUOUS) {
		fail(f, 0, "the short commit %s is ambiguous", word);
		return fail_remedy(f, "give more digits of it");
	}
	if (rc < 0)
		return library_fail(f, NULL, "find the commit %s", word);
	if (git_object_peel(&commit, object, GIT_OBJECT_COMMIT) < 0)
		return fail(f, 0, "the object %s is a %s, not a commit", word,
			git_object_type2string(git_object_type(object)));
	ret->commit = *git_object_id(commit);
	ret->ref[0] = '\0';
	return 0;
}

static int revision_missing(git_repository *repository, const char *word, struct failure *f)
{
	own_git(reference_iterator) iterator = NULL;
	struct revision_names names = { 0 };
	const char *name;

	if (git_reference_iterator_new(&iterator, repository) == 0)
		while (git_reference_next_name(&name, iterator) == 0)
			revision_names_add(&names, name);
	return revision_not_found(word, &names, f);
}

static int revision_plain(
	git_repository *repository, const char *word, struct revision *ret, struct failure *f)
{
	static const char *const prefixes[] = { "refs/heads/", REFS_TAGS, "refs/remotes/" };

	if (strcmp(word, "HEAD") == 0)
		return revision_head(repository, ret, f);
	if (strncmp(word, "refs/", 5) == 0) {
		int rc = revision_named(repository, "", word, ret, f);

		return rc <= 0 ? rc : revision_missing(repository, word, f);
	}
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		int rc = revision_named(repository, prefixes[i], word, ret, f);

		if (rc <= 0)
			return rc;
	}
	if (revision_is_hex(word)) {
		if (revision_resolve_commit(repository, word, ret, f) == 0)
			return 0;
		if (f->remedy[0] != '\0' || git_error_last()->klass != GIT_ERROR_ODB)
			return -1;
	}
	return revision_missing(repository, word, f);
}

int revision_split(const char *word, struct revision_word *ret, struct failure *f)
{
	size_t length;

	if (word == NULL)
		word = "HEAD";
	length = ref_suffix_at(word);
	if (length >= sizeof(ret->plain))
		return fail(f, 0, "the name %s is too long", word);
	memcpy(ret->plain, word, length);
	ret->plain[length] = '\0';
	if (strcmp(ret->plain, "@") == 0)
		snprintf(ret->plain, sizeof(ret->plain), "HEAD");
	ret->suffix = word + length;
	if (!ref_suffix_generations(ret->suffix, &ret->generations))
		return fail(f, 0, "%s behind the name leads nowhere", ret->suffix);
	return 0;
}

/* One generation: the N-th parent of *id takes its place. */
static int step_back(git_repository *repository, git_oid *id, unsigned parent, struct failure *f)
{
	own_git(commit) commit = NULL;
	char hex[GIT_OID_HEXSZ + 1];

	if (git_commit_lookup(&commit, repository, id) < 0)
		return library_fail(
			f, NULL, "read the commit %s", git_oid_tostr(hex, sizeof(hex), id));
	if (parent > git_commit_parentcount(commit)) {
		fail(f, 0, "the commit %s has no parent %u", git_oid_tostr(hex, sizeof(hex), id),
			parent);
		return fail_remedy(f, "the history of the repository ends there, or is cut there "
				      "(git rev-parse --is-shallow-repository)");
	}
	*id = *git_commit_parent_id(commit, parent - 1);
	return 0;
}

int revision_go_back(git_repository *repository, const char *suffix, struct revision *revision,
	struct failure *f)
{
	git_oid id = revision->commit;
	struct ref_step step;

	if (*suffix == '\0')
		return 0;
	while (ref_suffix_next(&suffix, &step)) {
		uint32_t times = step.parent ? step.number > 0 : step.number;

		for (uint32_t i = 0; i < times; i++)
			if (step_back(repository, &id, step.parent ? step.number : 1, f) < 0)
				return -1;
	}
	revision->commit = id;
	revision->ref[0] = '\0'; /* no branch stands there: HEAD shall be detached */
	return 0;
}

int revision_resolve(
	git_repository *repository, const char *word, struct revision *ret, struct failure *f)
{
	struct revision_word split;

	if (revision_split(word, &split, f) < 0 ||
		revision_plain(repository, split.plain, ret, f) < 0)
		return -1;
	return revision_go_back(repository, split.suffix, ret, f);
}
