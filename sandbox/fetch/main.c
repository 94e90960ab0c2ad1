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
 */
#include "sandbox/base/own.h"
#include "sandbox/fetch/channel.h"
#include "sandbox/fetch/clone.h"
#include "sandbox/fetch/fetch_arguments.h"
#include "sandbox/fetch/fetch_confine.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/repo_config.h"
#include "sandbox/fetch/secret.h"
#include "sandbox/fetch/submodule.h"

#include <git2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int prepare(const struct fetch_arguments *arguments, struct secret *secret,
	const struct channel *channel, struct failure *f)
{
	char text[256];

	/* a peer that hangs up must be an error of write(), not our end */
	signal(SIGPIPE, SIG_IGN);
	if (secret_read(arguments->credential_fd, secret, f) < 0)
		return fail_step(f, "fetch: read the credential");
	if (fetch_confine(arguments, text, sizeof(text), f) < 0)
		return fail_step(f, "fetch: confine");
	if (channel_confined(channel, text, f) < 0)
		return -1;
	if (library_start(arguments->ca, f) < 0)
		return fail_step(f, "fetch: start libgit2");
	return 0;
}

static int fetch(const struct fetch_arguments *arguments, struct secret *secret,
	struct channel *channel, struct revision *ret, struct failure *f)
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
		.channel = channel,
		.secret = secret,
		.agent = arguments->agent,
	};

	fetch_arguments_places(arguments, &places);
	if (clone_run(&job, &repository, ret, f) < 0)
		return -1;
	return arguments->submodules ? submodule_fetch_all(repository, &job, f) : 0;
}

static int tell_repo_config(const char *into, const struct channel *channel, struct failure *f)
{
	struct repo_request request;

	memset(&request, 0, sizeof(request));
	int rc = repo_config_read(into, &request, f);

	if (rc < 0)
		return fail_step(f, "fetch: read .cofferdam.json");
	return rc == 0 ? 0 : channel_request(channel, &request, f);
}

static int run(const struct fetch_arguments *arguments, struct channel *channel, struct failure *f)
{
	char commit[GIT_OID_HEXSZ + 1];
	struct secret secret = { 0 };
	struct revision revision;

	if (prepare(arguments, &secret, channel, f) < 0)
		return -1;
	int rc = fetch(arguments, &secret, channel, &revision, f);

	secret_wipe(&secret);
	if (rc < 0 || tell_repo_config(arguments->into, channel, f) < 0)
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
	if (run(&arguments, &channel, &f) < 0) {
		channel_failed(&channel, &f);
		return 1;
	}
	return 0;
}
