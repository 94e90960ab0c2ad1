#include "sandbox/fetch/worktree.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/objectset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ATTRIBUTES   ".gitattributes"
#define HEADS        "refs/heads/"
#define FETCH_ALL    "+refs/heads/*:refs/remotes/origin/*"
#define CONFIG_BYTES 512

static int refuse_filled(const char *into, struct failure *f)
{
	own_dir DIR *dir = opendir(into);
	const struct dirent *entry;

	if (dir == NULL)
		return fail(f, errno, "open %s", into);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return fail(f, ENOTEMPTY, "clone into %s", into);
	return 0;
}

/* Both protections: the builder's file system is neither HFS nor NTFS, but what the
 * clone exports may land on one, and a name such as git~1 has no honest use. */
static int worktree_configure(git_repository *repository, const struct job *job, struct failure *f)
{
	own_git(config) config = NULL;
	own_git(remote) remote = NULL;

	if (git_repository_config(&config, repository) < 0 ||
		git_config_set_bool(config, "core.protectHFS", 1) < 0 ||
		git_config_set_bool(config, "core.protectNTFS", 1) < 0)
		return library_fail(f, job->into, "write .git/config");
	if (job->url != NULL && git_remote_create_with_fetchspec(
					&remote, repository, "origin", job->url, FETCH_ALL) < 0)
		return library_fail(f, job->into, "name the remote");
	return 0;
}

int worktree_init(const struct job *job, git_repository **ret, struct failure *f)
{
	git_repository_init_options options;

	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_NO_REINIT;
	options.initial_head = "main"; /* for as long as nothing is checked out */
	if (refuse_filled(job->into, f) < 0)
		return -1;
	if (git_repository_init_ext(ret, job->into, &options) < 0)
		return library_fail(f, job->into, "create the repository in %s", job->into);
	return worktree_configure(*ret, job, f);
}

int worktree_init_bare(
	const struct job *job, const char *path, git_repository **ret, struct failure *f)
{
	struct job bare = *job;
	git_repository_init_options options;

	bare.into = path;
	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_BARE;
	options.initial_head = "main";
	if (git_repository_init_ext(ret, path, &options) < 0)
		return library_fail(f, path, "create the repository in %s", path);
	return worktree_configure(*ret, &bare, f);
}

static void on_checkout(const char *path, size_t done, size_t total, void *payload)
{
	const struct job *job = payload;

	(void)path;
	channel_progress(job->channel, FETCH_STAGE_CHECKOUT, done, total, 0);
}

/* The entries of one tree: 1 if .gitattributes is among them, and its subtrees are
 * appended to trees. */
static int attributes_in(
	git_repository *repository, const unsigned char *id, struct objectset *trees)
{
	own_git(tree) tree = NULL;
	git_oid oid = { 0 };

	memcpy(oid.id, id, sizeof(oid.id));
	if (git_tree_lookup(&tree, repository, &oid) < 0)
		return -1;
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

		if (strcmp(git_tree_entry_name(entry), ".gitattributes") == 0)
			return 1;
		if (git_tree_entry_type(entry) == GIT_OBJECT_TREE &&
			objectset_add(trees, git_tree_entry_id(entry)->id, GIT_OBJECT_TREE) < 0)
			return -1;
	}
	return 0;
}

/* Is there any .gitattributes? Without one nothing converts text, and libgit2 need
 * not resolve every path twice to find that out. When in doubt there is. */
static bool has_attributes(git_repository *repository, const git_object *commit)
{
	struct objectset trees = { 0 };
	const git_oid *root = git_commit_tree_id((const git_commit *)commit);
	int found = objectset_add(&trees, root->id, GIT_OBJECT_TREE) < 0 ? -1 : 0;

	for (uint32_t i = 0; found == 0 && i < trees.count; i++)
		found = attributes_in(repository, trees.items[i].id, &trees);
	objectset_release(&trees);
	return found != 0;
}

/* The index first: a file that sorts before .gitattributes ("+a") is written before that one, and
 * libgit2 finds in the index what does not lie in the work tree yet. */
static int fill_index(git_repository *repository, const git_object *commit)
{
	own_git(index) index = NULL;
	own_git(tree) tree = NULL;

	if (git_commit_tree(&tree, (const git_commit *)commit) < 0 ||
		git_repository_index(&index, repository) < 0 ||
		git_index_read_tree(index, tree) < 0)
		return -1;
	return git_index_write(index);
}

int worktree_checkout(git_repository *repository, const struct job *job,
	const struct revision *revision, struct failure *f)
{
	git_checkout_options options;
	own_git(object) commit = NULL;
	struct job progress = *job;

	if (git_object_lookup(&commit, repository, &revision->commit, GIT_OBJECT_COMMIT) < 0)
		return library_fail(f, job->into, "find the commit in the clone");
	git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
	options.checkout_strategy = GIT_CHECKOUT_SAFE | GIT_CHECKOUT_RECREATE_MISSING;
	options.disable_filters = !has_attributes(repository, commit);
	options.progress_cb = on_checkout;
	options.progress_payload = &progress;
	if ((options.disable_filters || fill_index(repository, commit) == 0) &&
		git_checkout_tree(repository, commit, &options) == 0)
		return 0;
	library_fail(f, job->into, "write the work tree");
	if (f->remedy[0] == '\0')
		fail_remedy(f, "the repository is broken or hostile: its tree has a path that no "
			       "checkout may write, or an object that is not what its name says");
	return -1;
}

static int set_reference(git_repository *repository, const struct job *job, const char *name,
	const git_oid *id, struct failure *f)
{
	own_git(reference) reference = NULL;

	if (git_reference_create(&reference, repository, name, id, 1, NULL) < 0)
		return library_fail(f, job->into, "write %s", name);
	return 0;
}

/* branch.NAME.remote and .merge, so that `git status` can tell ahead from behind. */
static int set_upstream(
	git_repository *repository, const struct job *job, const char *branch, struct failure *f)
{
	own_git(config) config = NULL;
	char key[CONFIG_BYTES], merge[CONFIG_BYTES];

	if (git_repository_config(&config, repository) < 0)
		return library_fail(f, job->into, "open .git/config");
	snprintf(merge, sizeof(merge), HEADS "%s", branch);
	snprintf(key, sizeof(key), "branch.%s.remote", branch);
	if (git_config_set_string(config, key, "origin") < 0)
		return library_fail(f, job->into, "write .git/config");
	snprintf(key, sizeof(key), "branch.%s.merge", branch);
	if (git_config_set_string(config, key, merge) < 0)
		return library_fail(f, job->into, "write .git/config");
	return 0;
}

static bool has_remote(git_repository *repository)
{
	own_git(remote) remote = NULL;

	return git_remote_lookup(&remote, repository, "origin") == 0;
}

/* The branch that a clone without a #REF is on is the remote's own: refs/remotes/origin/HEAD. */
static int set_default(
	git_repository *repository, const struct job *job, const char *tracking, struct failure *f)
{
	own_git(reference) reference = NULL;

	if (job->ref == NULL && git_reference_symbolic_create(&reference, repository,
					"refs/remotes/origin/HEAD", tracking, 1, NULL) < 0)
		return library_fail(f, job->into, "write refs/remotes/origin/HEAD");
	return 0;
}

static int point_at_branch(git_repository *repository, const struct job *job,
	const struct revision *revision, struct failure *f)
{
	const char *branch = revision->ref + strlen(HEADS);
	char tracking[CONFIG_BYTES];

	snprintf(tracking, sizeof(tracking), "refs/remotes/origin/%s", branch);
	if (set_reference(repository, job, revision->ref, &revision->commit, f) < 0)
		return -1;
	if (has_remote(repository) &&
		(set_reference(repository, job, tracking, &revision->commit, f) < 0 ||
			set_default(repository, job, tracking, f) < 0 ||
			set_upstream(repository, job, branch, f) < 0))
		return -1;
	if (git_repository_set_head(repository, revision->ref) < 0)
		return library_fail(f, job->into, "set HEAD to %s", revision->ref);
	return 0;
}

int worktree_point(git_repository *repository, const struct job *job,
	const struct revision *revision, struct failure *f)
{
	if (strncmp(revision->ref, HEADS, strlen(HEADS)) == 0)
		return point_at_branch(repository, job, revision, f);
	if (git_repository_set_head_detached(repository, &revision->commit) < 0)
		return library_fail(f, job->into, "set HEAD");
	return 0;
}
