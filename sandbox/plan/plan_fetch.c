#include "sandbox/plan/plan_fetch.h"

#include "sandbox/base/own.h"
#include "sandbox/plan/credential.h"
#include "sandbox/plan/linked_worktree.h"
#include "sandbox/plan/words.h"

#include <string.h>
#include <sys/stat.h>

/* A path and nothing else: no scheme and no #REF is looked for in it. */
static int source_directory(const char *path, struct source *ret, struct failure *f)
{
	ret->kind = SOURCE_LOCAL;
	ret->path = strdup(path);
	ret->url = realpath(path, NULL);
	if (ret->url == NULL)
		ret->url = strdup(path);
	return ret->path != NULL && ret->url != NULL ? 0 : fail(f, ENOMEM, "name the directory");
}

static int refuse_path(
	const struct source *source, const struct identity *identity, struct failure *f)
{
	if (source->ref != NULL && f->errnum == ENOENT)
		return fail_remedy(f,
			"what follows the last # was taken for a ref, '%.60s': write PATH#HEAD if "
			"the path has a # in it",
			source->ref);
	return fail_remedy(f,
		identity->was_root
			? "root was given up: the path must be readable for uid %u (--run-as)"
			: "name a directory that holds a git repository and that uid %u can read",
		identity->uid);
}

static int source_path(const struct source *source, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	struct host_path *input = &plan->fetch.inputs[FETCH_SOURCE];

	plan->source_failed = true;
	if (host_path_open("SOURCE", source->path, input, f) < 0)
		return refuse_path(source, identity, f);
	if (!S_ISDIR(input->mode)) {
		fail(f, 0, "SOURCE %s is not a directory", source->path);
		return fail_remedy(f, "name the directory of a git repository");
	}
	plan->source_failed = false;
	return host_path_allow_mount(input, identity->home[0] != '\0' ? identity->home : NULL, f);
}

static int borrow(struct host_path *directory, const struct identity *identity, struct plan *plan,
	struct failure *f)
{
	const char *home = identity->home[0] != '\0' ? identity->home : NULL;

	if (!S_ISDIR(directory->mode)) {
		fail(f, ENOTDIR, "--borrow %s", directory->path);
		return fail_remedy(f, "name the directory of a git repository");
	}
	if (host_path_allow_mount(directory, home, f) < 0)
		return -1;
	for (size_t i = FETCH_BORROWED; i < FETCH_INPUTS; i++)
		if (plan->fetch.inputs[i].path == NULL) {
			plan->fetch.inputs[i] = *directory;
			*directory = (struct host_path){ .fd = -1 };
			return 0;
		}
	fail(f, 0, "--borrow is given more than %d times", FETCH_INPUTS - FETCH_BORROWED);
	return fail_remedy(f, "name a directory that holds several of them");
}

/* What the user named, and what belongs to a linked worktree. */
static int borrow_all(const struct config *config, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	struct host_path found = { .fd = -1 };
	int rc = linked_worktree_find(&plan->fetch.inputs[FETCH_SOURCE], &found, f);

	if (rc > 0)
		rc = borrow(&found, identity, plan, f);
	for (size_t i = 0; rc >= 0 && i < config->borrow.n; i++) {
		host_path_release(&found);
		rc = host_path_open("--borrow", config->borrow.v[i], &found, f);
		if (rc == 0)
			rc = borrow(&found, identity, plan, f);
	}
	host_path_release(&found);
	return rc < 0 ? -1 : 0;
}

static int local_inputs(const struct config *config, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	if (source_path(&plan->source, identity, plan, f) < 0)
		return -1;
	if (config->worktree && plan->source.ref != NULL) {
		fail(f, 0, "--worktree takes what lies in SOURCE, and #%s is a commit",
			plan->source.ref);
		return fail_remedy(f, "leave one of both out");
	}
	return config->copy ? 0 : borrow_all(config, identity, plan, f);
}

/* An input that a host may lack: name servers, host keys. */
static int optional_input(
	struct plan *plan, enum fetch_input input, const char *path, struct failure *f)
{
	if (path == NULL || access(path, R_OK) < 0)
		return 0;
	return host_path_open("the host's", path, &plan->fetch.inputs[input], f);
}

static int known_hosts_input(const struct config *config, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	char own[sizeof(identity->home) + 32];

	if (config->known_hosts != NULL)
		return host_path_open("--known-hosts", config->known_hosts,
			&plan->fetch.inputs[FETCH_KNOWN_HOSTS], f);
	snprintf(own, sizeof(own), "%s/.ssh/known_hosts", identity->home);
	if (identity->home[0] != '\0' && access(own, R_OK) == 0)
		return optional_input(plan, FETCH_KNOWN_HOSTS, own, f);
	return optional_input(plan, FETCH_KNOWN_HOSTS, "/etc/ssh/ssh_known_hosts", f);
}

static int remote_inputs(const struct config *config, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	if (optional_input(plan, FETCH_RESOLV_CONF, "/etc/resolv.conf", f) < 0 ||
		optional_input(plan, FETCH_HOSTS, "/etc/hosts", f) < 0)
		return -1;
	if (config->git_ca != NULL &&
		host_path_open("--git-ca", config->git_ca, &plan->fetch.inputs[FETCH_CA], f) < 0)
		return -1;
	if (plan->source.kind != SOURCE_SSH)
		return 0;
	if (known_hosts_input(config, identity, plan, f) < 0)
		return -1;
	return optional_input(plan, FETCH_AGENT, getenv("SSH_AUTH_SOCK"), f);
}

static int fetch_argv(const struct config *config, struct plan *plan, struct failure *f)
{
	static const char *const kinds[] = {
		[SOURCE_LOCAL] = "local",
		[SOURCE_HTTP] = "http",
		[SOURCE_SSH] = "ssh",
		[SOURCE_GIT] = "git",
	};
	struct strings argv = { 0 };
	const struct host_path *inputs = plan->fetch.inputs;
	int bad;

	bad = words_add(&argv, f, "cofferdam-fetch") < 0 ||
	      words_add(&argv, f, "--kind=%s", kinds[plan->source.kind]) < 0 ||
	      words_add(&argv, f, "--into=%s", plan->clone) < 0 ||
	      words_add(&argv, f, "--record-fd=3") < 0 ||
	      words_add(&argv, f, "--depth=%u", config->depth) < 0;
	if (!bad && plan->source.kind == SOURCE_LOCAL)
		bad = words_add(&argv, f, "--source=/run/fetch/source") < 0 ||
		      words_add(&argv, f, "--source-at=%s", inputs[FETCH_SOURCE].path) < 0;
	for (size_t i = FETCH_BORROWED; !bad && i < FETCH_INPUTS && inputs[i].path != NULL; i++)
		bad = words_add(&argv, f, "--borrow=%s", inputs[i].path) < 0;
	if (!bad)
		bad = words_add(&argv, f, "--url=%s", plan->source.url) < 0;
	if (!bad && plan->source.ref != NULL)
		bad = words_add(&argv, f, "--ref=%s", plan->source.ref) < 0;
	if (!bad && config->submodules)
		bad = words_add(&argv, f, "--submodules") < 0;
	if (!bad && config->no_repo_config)
		bad = words_add(&argv, f, "--no-repo-config") < 0;
	if (!bad && config->tags)
		bad = words_add(&argv, f, "--tags") < 0;
	if (!bad && config->copy)
		bad = words_add(&argv, f, "--copy") < 0;
	if (!bad && config->worktree)
		bad = words_add(&argv, f, "--worktree") < 0;
	if (!bad && plan->fetch.credential_fd >= 0)
		bad = words_add(&argv, f, "--credential-fd=4") < 0;
	if (!bad && inputs[FETCH_CA].path != NULL)
		bad = words_add(&argv, f, "--ca=/run/fetch/ca.pem") < 0;
	if (!bad && inputs[FETCH_AGENT].path != NULL)
		bad = words_add(&argv, f, "--agent") < 0;
	plan->fetch.argv = argv.v;
	return bad ? -1 : 0;
}

int plan_fetch(const struct config *config, const struct identity *identity, struct plan *plan,
	struct failure *f)
{
	if ((config->copy ? source_directory : source_parse)(config->source, &plan->source, f) < 0)
		return -1;
	if (plan->source.kind != SOURCE_LOCAL && (config->worktree || config->borrow.n > 0)) {
		fail(f, 0, "--%s is for a repository on this machine, and SOURCE is none",
			config->worktree ? "worktree" : "borrow");
		return fail_remedy(f, "leave it out");
	}
	if (plan->source.kind == SOURCE_NONE)
		return 0;
	if ((plan->source.kind == SOURCE_LOCAL ? local_inputs(config, identity, plan, f)
					       : remote_inputs(config, identity, plan, f)) < 0)
		return -1;
	if (credential_open(config, &plan->source, &plan->fetch.credential_fd, f) < 0)
		return -1;
	plan->fetch.as_user =
		plan->source.kind == SOURCE_LOCAL || plan->fetch.inputs[FETCH_AGENT].path != NULL;
	return fetch_argv(config, plan, f);
}

int plan_fetch_mirror(struct plan *plan, struct host_path *kept, struct failure *f)
{
	struct strings argv = { .v = plan->fetch.argv };

	while (argv.v[argv.n] != NULL)
		argv.n++;
	if (words_add(&argv, f, "--mirror") < 0)
		return -1;
	plan->fetch.argv = argv.v;
	plan->fetch.mirror = true;
	plan->fetch.inputs[FETCH_KEPT] = *kept;
	*kept = (struct host_path){ .fd = -1 };
	return 0;
}
