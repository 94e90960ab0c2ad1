/* cofferdam-fetch: clone a stranger's repository behind walls of its own.
 *
 * Started by the keeper, and by the doctor for --version. It says nothing else on stdout
 * and stderr; everything is a record (record.h), and the last record is FETCH_DONE or
 * FETCH_FAILED.
 *
 * The order is the point:
 *   arguments, credential              nothing of the stranger has been read yet
 *   confine                            no exec, no file but those named, no socket but TCP
 *   libgit2's start                    behind the walls too: for a local source it then
 *                                      finds no certificates to load, which is 5 ms
 *   clone, check out, submodules       the stranger's bytes
 *   .cofferdam.json                    the stranger's wishes, parsed behind the same walls
 *
 * With --copy there is no repository: a directory is copied behind the same walls.
 */
#include "sandbox/base/own.h"
#include "sandbox/fetch/attribute.h"
#include "sandbox/fetch/channel.h"
#include "sandbox/fetch/clone.h"
#include "sandbox/fetch/directory.h"
#include "sandbox/fetch/encoding.h"
#include "sandbox/fetch/fetch_arguments.h"
#include "sandbox/fetch/fetch_confine.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/repo_config.h"
#include "sandbox/fetch/secret.h"
#include "sandbox/fetch/submodule.h"
#include "sandbox/fetch/uncommitted.h"

#include <git2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int prepare(const struct fetch_arguments *arguments, struct secret *secret,
	const struct channel *channel, struct attribute_filter *filter, struct failure *f)
{
	char text[256];

	/* a peer that hangs up must be an error of write(), not our end */
	signal(SIGPIPE, SIG_IGN);
	if (secret_read(arguments->credential_fd, secret, f) < 0)
		return fail_step(f, "fetch: read the credential");
	encoding_load();
	if (fetch_confine(arguments, text, sizeof(text), f) < 0)
		return fail_step(f, "fetch: confine");
	if (channel_confined(channel, text, f) < 0)
		return -1;
	if (library_start(arguments->ca, f) < 0)
		return fail_step(f, "fetch: start libgit2");
	if (attribute_register(filter, f) < 0)
		return fail_step(f, "fetch: start libgit2");
	return 0;
}

/* Who asks for no #REF expects what lies there: what does not come is counted, or it comes. */
static int notice_uncommitted(const struct job *job, bool worktree,
	const struct attribute_filter *attributes, struct fetch_notice *notice, struct failure *f)
{
	struct failure ignored; /* a look that fails is said, and is no reason not to build */

	if (job->kind != SOURCE_LOCAL || job->ref != NULL)
		return 0;
	if (worktree)
		return uncommitted_take(job, attributes, notice, f);
	if (uncommitted_count(job, notice, &ignored) < 0)
		*notice = (struct fetch_notice){ .unknown = 1 };
	return 0;
}

static int tell_notice(const struct channel *channel, const struct attribute_filter *attributes,
	struct fetch_notice *notice, struct failure *f)
{
	static const struct fetch_notice nothing;

	notice->lfs_pointers = attributes->lfs_pointers;
	notice->unconverted = attributes->unconverted;
	if (memcmp(notice, &nothing, sizeof(nothing)) == 0)
		return 0;
	return channel_notice(channel, notice, f);
}

static int fetch(const struct fetch_arguments *arguments, struct secret *secret,
	struct channel *channel, struct attribute_filter *attributes, struct fetch_notice *notice,
	struct revision *ret, struct failure *f)
{
	own_git(repository) repository = NULL;
	struct places places = { 0 };
	const struct job job = {
		.kind = arguments->kind,
		.url = arguments->url,
		.source = arguments->source,
		.places = &places,
		.ref = arguments->ref,
		.into = arguments->into,
		.depth = arguments->depth,
		.tags = arguments->tags,
		.mirror = arguments->mirror,
		.channel = channel,
		.secret = secret,
		.named = arguments->url,
		.is_named = true,
		.agent = arguments->agent,
	};

	fetch_arguments_places(arguments, &places);
	attributes->keep_filtered = arguments->worktree;
	if (clone_run(&job, &repository, ret, f) < 0)
		return -1;
	if (notice_uncommitted(&job, arguments->worktree, attributes, notice, f) < 0)
		return fail_step(f, "fetch: the work tree of the source");
	attributes->keep_filtered = false; /* a submodule's come from its commit */
	return arguments->submodules ? submodule_fetch_all(repository, &job, f) : 0;
}

static int tell_repo_config(
	const struct fetch_arguments *arguments, const struct channel *channel, struct failure *f)
{
	struct repo_request request;

	if (arguments->no_config)
		return 0;
	memset(&request, 0, sizeof(request));
	int rc = repo_config_read(arguments->into, &request, f);

	if (rc < 0)
		return fail_step(f, "fetch: read .cofferdam.json");
	return rc == 0 ? 0 : channel_request(channel, &request, f);
}

/* No repository, and so neither commit nor libgit2. */
static int run_copy(
	const struct fetch_arguments *arguments, struct channel *channel, struct failure *f)
{
	static const struct fetch_notice nothing;
	struct fetch_notice notice = { 0 };
	char text[256];

	signal(SIGPIPE, SIG_IGN);
	if (fetch_confine(arguments, text, sizeof(text), f) < 0)
		return fail_step(f, "fetch: confine");
	if (channel_confined(channel, text, f) < 0)
		return -1;
	if (directory_copy(arguments->source, arguments->into, &notice, f) < 0)
		return fail_step(f, "fetch: copy the directory");
	if (tell_repo_config(arguments, channel, f) < 0 ||
		(memcmp(&notice, &nothing, sizeof(nothing)) != 0 &&
			channel_notice(channel, &notice, f) < 0))
		return -1;
	return channel_done(channel, "", "", f);
}

static int run(const struct fetch_arguments *arguments, struct channel *channel, struct failure *f)
{
	char commit[GIT_OID_HEXSZ + 1];
	struct secret secret = { 0 };
	struct revision revision;
	struct attribute_filter attributes;
	struct fetch_notice notice = { 0 };

	if (prepare(arguments, &secret, channel, &attributes, f) < 0)
		return -1;
	int rc = fetch(arguments, &secret, channel, &attributes, &notice, &revision, f);

	secret_wipe(&secret);
	if (rc < 0 || tell_repo_config(arguments, channel, f) < 0 ||
		tell_notice(channel, &attributes, &notice, f) < 0)
		return -1;
	git_oid_tostr(commit, sizeof(commit), &revision.commit);
	return channel_done(channel, commit, revision.ref, f);
}

/* For the doctor: which libgit2 would parse a stranger's bytes. The one thing on stdout. */
static int tell_version(void)
{
	int major, minor, patch;

	git_libgit2_version(&major, &minor, &patch);
	printf("cofferdam-fetch %s, libgit2 %d.%d.%d\n", COFFERDAM_VERSION, major, minor, patch);
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char *argv[])
{
	struct failure f = { 0 };
	struct fetch_arguments arguments;
	struct channel channel;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return tell_version();
	if (fetch_arguments_parse(argc, argv, &arguments, &f) < 0) {
		channel_init(&channel, arguments.record_fd);
		fail_step(&f, "fetch: arguments");
		channel_failed(&channel, &f);
		return 1;
	}
	channel_init(&channel, arguments.record_fd);
	if ((arguments.copy ? run_copy : run)(&arguments, &channel, &f) < 0) {
		channel_failed(&channel, &f);
		return 1;
	}
	return 0;
}
