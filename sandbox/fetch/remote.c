/* Connect and look at what the server has; decide what the word means and which
 * references that takes; fetch them; find the commit. */
#include "sandbox/fetch/remote.h"

#include "sandbox/base/own.h"
#include "sandbox/config/ref_suffix.h"
#include "sandbox/fetch/feature.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/revision.h"
#include "sandbox/fetch/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REF_BYTES 300

struct remote {
	struct trust trust; /* first: the callbacks of trust.h get our address */
	git_remote *remote;
	const struct job *job;
	struct mirror *mirror;         /* NULL: nothing is kept */
	const git_remote_head **heads; /* as advertised; the library's */
	size_t count;
};
_Static_assert(offsetof(struct remote, trust) == 0, "payload of trust.h");

/* What is asked for. */
struct wanted {
	struct revision_word word;
	char refspec[2 * REF_BYTES + 2];
	bool bare;                /* a commit that no reference names: not every server gives it */
	struct revision revision; /* known already, but of a commit's first digits */
};

static int on_transfer(const git_indexer_progress *stats, void *payload)
{
	struct remote *remote = payload;
	bool deltas = stats->total_deltas > 0 && stats->received_objects == stats->total_objects;

	if (deltas)
		channel_progress(remote->job->channel, FETCH_STAGE_DELTAS, stats->indexed_deltas,
			stats->total_deltas, stats->received_bytes);
	else
		channel_progress(remote->job->channel, FETCH_STAGE_OBJECTS, stats->received_objects,
			stats->total_objects, stats->received_bytes);
	return 0;
}

static git_remote_callbacks remote_callbacks(struct remote *remote)
{
	git_remote_callbacks callbacks;

	git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
	callbacks.credentials = trust_give_credential;
	callbacks.certificate_check = trust_check_certificate;
	callbacks.transfer_progress = on_transfer;
	callbacks.payload = remote;
	return callbacks;
}

/* Our own refusal says more than the error that libgit2 makes of it. */
static int remote_fail(const struct remote *remote, const char *doing, struct failure *f)
{
	if (remote->trust.refusal.what[0] != '\0') {
		*f = remote->trust.refusal;
		return -1;
	}
	const git_error *error = git_error_last();
	bool redirect = error != NULL && error->message != NULL &&
			strstr(error->message, "redirect") != NULL;

	library_fail(f, remote->job->into, "%s %s", doing, remote->job->url);
	if (redirect)
		fail_remedy(f, "redirects to another host are not followed: give the final URL");
	return -1;
}

static int remote_connect(struct remote *remote, git_repository *repository, struct failure *f)
{
	git_remote_connect_options options;

	git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	if (git_remote_lookup(&remote->remote, repository, "origin") < 0)
		return library_fail(f, remote->job->into, "find the remote");
	options.callbacks = remote_callbacks(remote);
	options.proxy_opts.type = GIT_PROXY_NONE;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE; /* none to another host */
	if (git_remote_connect_ext(remote->remote, GIT_DIRECTION_FETCH, &options) < 0)
		return remote_fail(remote, "connect to", f);
	if (git_remote_ls(&remote->heads, &remote->count, remote->remote) < 0)
		return remote_fail(remote, "list the references of", f);
	return 0;
}

static const git_remote_head *remote_head(
	const struct remote *remote, const char *prefix, const char *word)
{
	char name[REF_BYTES];

	if ((size_t)snprintf(name, sizeof(name), "%s%s", prefix, word) >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < remote->count; i++)
		if (strcmp(remote->heads[i]->name, name) == 0)
			return remote->heads[i];
	return NULL;
}

static int want_head(const struct git_remote_head *head, struct wanted *ret, struct failure *f)
{
	static const char heads[] = "refs/heads/";
	const char *name = head->name;

	if (strlen(name) >= sizeof(ret->revision.ref))
		return fail(f, 0, "the name %s is too long", name);
	ret->revision.commit = head->oid; /* of a tag: peeled once it is here */
	if (strcmp(name, "HEAD") == 0) {
		snprintf(ret->refspec, sizeof(ret->refspec), "HEAD");
		return 0;
	}
	snprintf(ret->revision.ref, sizeof(ret->revision.ref), "%s", name);
	if (strncmp(name, heads, strlen(heads)) == 0)
		snprintf(ret->refspec, sizeof(ret->refspec), "+%s:refs/remotes/origin/%s", name,
			name + strlen(heads));
	else
		snprintf(ret->refspec, sizeof(ret->refspec), "+%s:%s", name, name);
	return 0;
}

static int want_default(const struct remote *remote, struct wanted *ret, struct failure *f)
{
	git_buf name = { 0 };
	const git_remote_head *head = NULL;

	if (remote->count == 0) {
		fail(f, 0, "the repository has no commits");
		return fail_remedy(f, "push something to it first");
	}
	if (git_remote_default_branch(&name, remote->remote) == 0)
		head = remote_head(remote, "", name.ptr);
	git_buf_dispose(&name);
	if (head == NULL)
		head = remote_head(remote, "", "HEAD");
	if (head == NULL) {
		fail(f, 0, "HEAD of the repository points to a branch that does not exist");
		return fail_remedy(f, "name a branch: SOURCE#BRANCH");
	}
	return want_head(head, ret, f);
}

static int want_missing(const struct remote *remote, const char *word, struct failure *f)
{
	struct revision_names names = { 0 };

	for (size_t i = 0; i < remote->count; i++)
		revision_names_add(&names, remote->heads[i]->name);
	return revision_not_found(word, &names, f);
}

/* A full commit that a reference points to needs only that reference. */
static const git_remote_head *head_of_commit(const struct remote *remote, const char *word)
{
	char hex[GIT_OID_HEXSZ + 1];

	for (size_t i = 0; i < remote->count; i++) {
		git_oid_tostr(hex, sizeof(hex), &remote->heads[i]->oid);
		if (strcasecmp(hex, word) == 0 && strchr(remote->heads[i]->name, '^') == NULL)
			return remote->heads[i];
	}
	return NULL;
}

static int want_commit(
	const struct remote *remote, const char *word, struct wanted *ret, struct failure *f)
{
	const git_remote_head *head = head_of_commit(remote, word);

	if (head == NULL) {
		ret->bare = true;
		if (strlen(word) == GIT_OID_HEXSZ)
			snprintf(ret->refspec, sizeof(ret->refspec), "%s", word);
		return 0;
	}
	if (want_head(head, ret, f) < 0)
		return -1;
	ret->revision.ref[0] = '\0'; /* a commit was asked for: HEAD shall be detached */
	return 0;
}

static int want(
	const struct remote *remote, const char *word, struct wanted *ret, struct failure *f)
{
	static const char *const prefixes[] = { "refs/heads/", REFS_TAGS };

	if (strcmp(word, "HEAD") == 0)
		return want_default(remote, ret, f);
	if (strncmp(word, "refs/", 5) == 0) {
		const git_remote_head *head = remote_head(remote, "", word);

		return head != NULL ? want_head(head, ret, f) : want_missing(remote, word, f);
	}
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		const git_remote_head *head = remote_head(remote, prefixes[i], word);

		if (head != NULL)
			return want_head(head, ret, f);
	}
	if (revision_is_hex(word))
		return want_commit(remote, word, ret, f);
	return want_missing(remote, word, f);
}

static bool is_tag(const git_remote_head *head)
{
	return strncmp(head->name, REFS_TAGS, strlen(REFS_TAGS)) == 0;
}

/* A tag object that is not kept, of something that is: a server sends those along only with what
 * they are of. The line after a tag's tells what it leads to. */
static bool tag_is_new(const struct remote *remote, git_odb *kept, size_t i)
{
	const git_remote_head *tag = remote->heads[i];
	const git_remote_head *leads_to = i + 1 < remote->count ? remote->heads[i + 1] : NULL;
	size_t length = strlen(tag->name);

	return leads_to != NULL && is_tag(tag) && strncmp(leads_to->name, tag->name, length) == 0 &&
	       strcmp(leads_to->name + length, "^{}") == 0 &&
	       git_odb_exists(kept, &leads_to->oid) && !git_odb_exists(kept, &tag->oid);
}

static git_odb *odb_of_kept(const struct remote *remote)
{
	git_odb *odb = NULL;

	if (remote->mirror == NULL || remote->mirror->kept == NULL ||
		git_repository_odb(&odb, remote->mirror->kept) < 0)
		return NULL;
	return odb;
}

static bool has_new_tags(const struct remote *remote)
{
	own_git(odb) kept = odb_of_kept(remote);

	for (size_t i = 0; kept != NULL && i < remote->count; i++)
		if (tag_is_new(remote, kept, i))
			return true;
	return false;
}

/* Behind what is asked for anyhow. */
static int add_new_tags(const struct remote *remote, git_strarray *refspecs)
{
	own_git(odb) kept = odb_of_kept(remote);
	char spec[2 * REF_BYTES + 2];

	for (size_t i = 0; kept != NULL && i < remote->count; i++) {
		const char *name = remote->heads[i]->name;

		if (strlen(name) >= REF_BYTES || !tag_is_new(remote, kept, i))
			continue;
		snprintf(spec, sizeof(spec), "+%s:%s", name, name);
		refspecs->strings[refspecs->count] = strdup(spec);
		if (refspecs->strings[refspecs->count] == NULL)
			return -1;
		refspecs->count++;
	}
	return 0;
}

/* What the library says is still to be asked for. */
static int try_refspecs(
	struct remote *remote, const git_strarray *refspecs, bool all, uint32_t depth)
{
	git_fetch_options options;
	int rc;

	git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	options.callbacks = remote_callbacks(remote);
	options.prune = GIT_FETCH_NO_PRUNE;
	options.update_fetchhead = 0;
	options.download_tags = all ? GIT_REMOTE_DOWNLOAD_TAGS_ALL : GIT_REMOTE_DOWNLOAD_TAGS_AUTO;
	options.proxy_opts.type = GIT_PROXY_NONE;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	feature_set_depth(&options, (int)depth);
	rc = git_remote_fetch(remote->remote, refspecs, &options, NULL);
	if (rc < 0 && depth > 0 && feature_depth_refused()) {
		/* All of it, then: too much history is still a clone. */
		feature_set_depth(&options, 0);
		rc = git_remote_fetch(remote->remote, refspecs, &options, NULL);
	}
	return rc;
}

/* refspec NULL: all branches, by the remote's own. depth 0: all history. The same. */
static int try_download(struct remote *remote, char *refspec, uint32_t depth)
{
	git_strarray refspecs = { .strings = calloc(remote->count + 1, sizeof(char *)) };
	int rc = refspecs.strings == NULL ? -1 : 0;

	if (rc == 0 && refspec != NULL) {
		refspecs.strings[refspecs.count++] = refspec;
		rc = add_new_tags(remote, &refspecs);
	}
	if (rc == 0)
		rc = try_refspecs(remote, &refspecs, refspec == NULL, depth);
	for (size_t i = 1; i < refspecs.count; i++)
		free(refspecs.strings[i]);
	free(refspecs.strings);
	return rc;
}

static uint32_t depth_of(const struct remote *remote, const struct wanted *wanted)
{
	/* where the nearest tag is, only who has the history knows */
	uint32_t depth = remote->job->tags ? 0 : remote->job->depth;

	if (depth == 0 || depth >= INT32_MAX - REF_GENERATIONS_MAX)
		return 0;
	return depth + wanted->word.generations; /* the suffix first, and from there on the depth */
}

/* A full commit is asked for by its name. A server that gives none so, or only those that its
 * references name, is asked for everything, and the commit looked for in that. */
static int remote_download(struct remote *remote, struct wanted *wanted, struct failure *f)
{
	uint32_t depth = depth_of(remote, wanted);
	bool named = wanted->refspec[0] != '\0';

	if (named && try_download(remote, wanted->refspec, depth) == 0)
		return 0;
	if (named && (!wanted->bare || remote->trust.refusal.what[0] != '\0'))
		return remote_fail(remote, "fetch from", f);
	if (try_download(remote, NULL, 0) < 0)
		return remote_fail(remote, "fetch from", f);
	return 0;
}

static int remote_find(git_repository *repository, const struct job *job,
	const struct wanted *wanted, struct revision *ret, struct failure *f)
{
	own_git(object) object = NULL;
	own_git(object) commit = NULL;

	if (wanted->bare) {
		if (revision_resolve_commit(repository, wanted->word.plain, ret, f) == 0)
			return 0;
		if (f->remedy[0] == '\0')
			fail_remedy(f, "it is on no branch and no tag that the server offers");
		return -1;
	}
	if (git_object_lookup(&object, repository, &wanted->revision.commit, GIT_OBJECT_ANY) < 0 ||
		git_object_peel(&commit, object, GIT_OBJECT_COMMIT) < 0)
		return library_fail(f, job->into, "%s does not lead to a commit",
			wanted->revision.ref[0] != '\0' ? wanted->revision.ref : "HEAD");
	*ret = wanted->revision;
	ret->commit = *git_object_id(commit);
	return 0;
}

/* The tags that the server has now, of what is there: as the library does with what it fetches. */
static int take_tags(const struct remote *remote, git_repository *repository, struct failure *f)
{
	own_git(odb) odb = NULL;

	if (git_repository_odb(&odb, repository) < 0)
		return library_fail(f, MIRROR_NEW, "open what is kept");
	for (size_t i = 0; i < remote->count; i++) {
		own_git(reference) reference = NULL;
		const git_remote_head *head = remote->heads[i];

		if (!is_tag(head) || strchr(head->name, '^') != NULL ||
			!git_odb_exists(odb, &head->oid))
			continue;
		if (git_reference_create(&reference, repository, head->name, &head->oid, 1, NULL) <
			0)
			return library_fail(f, MIRROR_NEW, "write %s", head->name);
	}
	return 0;
}

/* A commit by its full name needs no reference to be found. */
static bool is_kept(const struct remote *remote, const struct wanted *wanted)
{
	const char *word = wanted->word.plain;
	git_oid id = wanted->revision.commit;

	if (wanted->bare && (strlen(word) != GIT_OID_HEXSZ || git_oid_fromstr(&id, word) < 0))
		return false;
	return mirror_has(remote->mirror, &id, depth_of(remote, wanted)) && !has_new_tags(remote);
}

/* What the server has is known: is it kept already, and if not, what may the server leave out? */
static int remote_supply(
	struct remote *remote, git_repository *repository, struct wanted *wanted, struct failure *f)
{
	struct mirror *mirror = remote->mirror;

	if (mirror == NULL)
		return remote_download(remote, wanted, f);
	mirror->listed = true;
	if (is_kept(remote, wanted)) {
		mirror->told.contact = FETCH_CONTACT_LISTED;
		return mirror_borrow(mirror, f) < 0 ? -1 : take_tags(remote, repository, f);
	}
	mirror->told.contact = FETCH_CONTACT_FETCHED;
	mirror->told.beside = mirror->all && mirror->kept != NULL;
	if (mirror->all && mirror_borrow(mirror, f) < 0)
		return -1;
	if (remote_download(remote, wanted, f) < 0)
		return -1;
	mirror->told.bytes = git_remote_stats(remote->remote)->received_bytes;
	return take_tags(remote, repository, f);
}

static int remote_run(
	struct remote *remote, git_repository *repository, struct revision *ret, struct failure *f)
{
	const struct job *job = remote->job;
	struct wanted wanted = { 0 };

	if (revision_split(job->ref, &wanted.word, f) < 0 ||
		remote_connect(remote, repository, f) < 0 ||
		want(remote, wanted.word.plain, &wanted, f) < 0 ||
		remote_supply(remote, repository, &wanted, f) < 0 ||
		remote_find(repository, job, &wanted, ret, f) < 0)
		return -1;
	return revision_go_back(repository, wanted.word.suffix, ret, f);
}

int remote_fetch(git_repository *repository, const struct job *job, struct mirror *mirror,
	struct revision *ret, struct failure *f)
{
	struct remote remote = { .job = job, .mirror = mirror };

	trust_init(&remote.trust, job);
	int rc = remote_run(&remote, repository, ret, f);

	git_remote_free(remote.remote);
	return rc;
}
