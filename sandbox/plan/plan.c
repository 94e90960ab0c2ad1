#include "sandbox/plan/plan.h"

#include "namespaces/root_bind.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/docker/policy.h"
#include "sandbox/plan/credential.h"
#include "sandbox/privilege/label.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/profile.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define BINDS_MAX       64 /* builder.c has room for a Landlock rule each */
#define DESTINATION_MAX 255
#define PROFILE_BYTES   (1024 * 1024)
#define FETCH_PROGRAM   "cofferdam-fetch"
#define BROKER_PROGRAM  "cofferdam-broker"
#define SCOPE_PROGRAM   "cofferdam-scope"

/* ---- our other programs ---- */

static int program_open(const char *directory, const char *below, const char *name)
{
	char path[4096 + 64];

	snprintf(path, sizeof(path), "%s%s/%s", directory, below, name);
	return open(path, O_PATH | O_CLOEXEC);
}

static int find_program(const char *name, int *ret_fd, struct failure *f)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	int fd;

	if (n < 0)
		return fail(f, errno, "find our own program");
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return fail(f, 0, "our own program has no directory");
	*slash = '\0';
	fd = program_open(self, "", name);
	if (fd < 0)
		fd = program_open(self, "/../libexec/cofferdam", name);
	if (fd < 0)
		fd = program_open(COFFERDAM_LIBEXEC, "", name);
	if (fd < 0) {
		fail(f, errno, "find %s beside %s or in " COFFERDAM_LIBEXEC, name, self);
		return fail_remedy(f, "install cofferdam whole: make install");
	}
	*ret_fd = fd;
	return 0;
}

int plan_find_fetch(int *ret_fd, struct failure *f)
{
	return find_program(FETCH_PROGRAM, ret_fd, f);
}

int plan_find_broker(int *ret_fd, struct failure *f)
{
	return find_program(BROKER_PROGRAM, ret_fd, f);
}

int plan_find_scope(int *ret_fd, struct failure *f)
{
	return find_program(SCOPE_PROGRAM, ret_fd, f);
}

/* ---- source and fetch ---- */

static int source_path(const struct source *source, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	struct host_path *input = &plan->fetch.inputs[FETCH_SOURCE];

	if (host_path_open("SOURCE", source->path, input, f) < 0)
		return fail_remedy(f,
			identity->was_root
				? "root was given up: the path must be readable for uid %u (--run-as)"
				: "name a directory that holds a git repository and that uid %u can read",
			identity->uid);
	if (!S_ISDIR(input->mode)) {
		fail(f, 0, "SOURCE %s is not a directory", source->path);
		return fail_remedy(f, "name the directory of a git repository");
	}
	return host_path_allow_mount(input, identity->home[0] != '\0' ? identity->home : NULL, f);
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

static int argument(struct strings *argv, struct failure *f, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int argument(struct strings *argv, struct failure *f, const char *fmt, ...)
{
	char **v = reallocarray(argv->v, argv->n + 2, sizeof(*v));
	va_list ap;
	int n;

	if (v == NULL)
		return fail(f, ENOMEM, "plan an argument");
	argv->v = v;
	va_start(ap, fmt);
	n = vasprintf(&v[argv->n], fmt, ap);
	va_end(ap);
	if (n < 0) {
		v[argv->n] = NULL;
		return fail(f, ENOMEM, "plan an argument");
	}
	v[++argv->n] = NULL;
	return 0;
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

	bad = argument(&argv, f, FETCH_PROGRAM) < 0 ||
	      argument(&argv, f, "--kind=%s", kinds[plan->source.kind]) < 0 ||
	      argument(&argv, f, "--into=/app") < 0 || argument(&argv, f, "--record-fd=3") < 0 ||
	      argument(&argv, f, "--depth=%u", config->depth) < 0;
	if (!bad && plan->source.kind == SOURCE_LOCAL)
		bad = argument(&argv, f, "--source=/run/fetch/source") < 0;
	if (!bad && plan->source.kind != SOURCE_LOCAL)
		bad = argument(&argv, f, "--url=%s", plan->source.url) < 0;
	if (!bad && plan->source.ref != NULL)
		bad = argument(&argv, f, "--ref=%s", plan->source.ref) < 0;
	if (!bad && config->submodules)
		bad = argument(&argv, f, "--submodules") < 0;
	if (!bad && plan->fetch.credential_fd >= 0)
		bad = argument(&argv, f, "--credential-fd=4") < 0;
	if (!bad && inputs[FETCH_CA].path != NULL)
		bad = argument(&argv, f, "--ca=/run/fetch/ca.pem") < 0;
	if (!bad && inputs[FETCH_AGENT].path != NULL)
		bad = argument(&argv, f, "--agent") < 0;
	plan->fetch.argv = argv.v;
	return bad ? -1 : 0;
}

static int plan_fetch(const struct config *config, const struct identity *identity,
	struct plan *plan, struct failure *f)
{
	if (source_parse(config->source, &plan->source, f) < 0)
		return -1;
	if (plan->source.kind == SOURCE_NONE)
		return 0;
	if ((plan->source.kind == SOURCE_LOCAL ? source_path(&plan->source, identity, plan, f)
					       : remote_inputs(config, identity, plan, f)) < 0)
		return -1;
	if (credential_open(config->git_credential, &plan->source, &plan->fetch.credential_fd, f) <
		0)
		return -1;
	plan->fetch.as_user =
		plan->source.kind == SOURCE_LOCAL || plan->fetch.inputs[FETCH_AGENT].path != NULL;
	return fetch_argv(config, plan, f);
}

/* ---- the root ---- */

static int plan_bind(
	const char *word, const struct identity *identity, struct root_bind *ret, struct failure *f)
{
	const char *colon = strrchr(word, ':'); /* config has checked the form */
	own_mem char *source = strndup(word, (size_t)(colon - word));

	if (source == NULL || (ret->destination = strdup(colon + 2)) == NULL)
		return fail(f, ENOMEM, "plan a bind");
	if (strlen(ret->destination) > DESTINATION_MAX)
		return fail(
			f, 0, "--ro-bind to %s: longer than %d bytes", colon + 1, DESTINATION_MAX);
	if (root_bind_allow(colon + 1, f) < 0 ||
		host_path_open("--ro-bind source", source, &ret->source, f) < 0)
		return -1;
	if (host_path_allow_mount(
		    &ret->source, identity->home[0] != '\0' ? identity->home : NULL, f) < 0)
		return -1;
	return host_path_refuse_doors(&ret->source, f);
}

/* One bind inside another would be made through the first one's links. */
static int refuse_nested(const struct root_bind *a, const struct root_bind *b, struct failure *f)
{
	size_t n = strlen(a->destination), m = strlen(b->destination);
	const char *shorter = n < m ? a->destination : b->destination;
	const char *longer = n < m ? b->destination : a->destination;

	n = strlen(shorter);
	if (strncmp(shorter, longer, n) != 0 || (longer[n] != '\0' && longer[n] != '/'))
		return 0;
	fail(f, 0, "--ro-bind to /%s lies in --ro-bind to /%s", longer, shorter);
	return fail_remedy(f, "choose destinations beside each other");
}

static int plan_mounts(const struct config *config, const struct identity *identity,
	struct root_plan *ret, struct failure *f)
{
	ret->bytes = config->app_size_bytes;
	ret->inodes = config->app_inodes;
	ret->root_inside = config->root_inside;
	ret->allow_userns = config->allow_userns;
	if (config->ro_bind.n > BINDS_MAX)
		return fail(f, 0, "--ro-bind is given %zu times, more than %d", config->ro_bind.n,
			BINDS_MAX);
	ret->binds = calloc(config->ro_bind.n + 1, sizeof(*ret->binds));
	if (ret->binds == NULL)
		return fail(f, ENOMEM, "plan the binds");
	for (; ret->binds_n < config->ro_bind.n; ret->binds_n++)
		if (plan_bind(config->ro_bind.v[ret->binds_n], identity, &ret->binds[ret->binds_n],
			    f) < 0) {
			ret->binds_n++; /* half filled: it is released with the others */
			return -1;
		}
	for (size_t i = 0; i < ret->binds_n; i++)
		for (size_t k = 0; k < i; k++)
			if (refuse_nested(&ret->binds[i], &ret->binds[k], f) < 0)
				return -1;
	return 0;
}

/* ---- the builder ---- */

/* What makes clients of Docker ask for what the broker can look into. Nobody has to set
 * them: they only save a refusal. */
static int docker_environment(const struct config *config, struct strings *env, struct failure *f)
{
	if (config->docker == DOCKER_OFF)
		return 0;
	if (argument(env, f, "DOCKER_HOST=unix:///run/docker.sock") < 0)
		return -1;
	/* Ryuk wants the socket; the run's end does its work. */
	return config->docker == DOCKER_RAW ? 0
					    : argument(env, f, "TESTCONTAINERS_RYUK_DISABLED=true");
}

static bool is_named(const struct strings *words, const char *word)
{
	size_t name = (size_t)(strchr(word, '=') - word) + 1;

	for (size_t i = 0; i < words->n; i++)
		if (strncmp(words->v[i], word, name) == 0)
			return true;
	return false;
}

/* Whether BuildKit is offered the engine's answer decides, after the plan is made: these
 * stand first, and are passed over then. What --env names is never among them. */
static int classic_environment(const struct config *config, struct strings *env, struct failure *f)
{
	static const char *const classic[] = {
		"DOCKER_BUILDKIT=0",          /* `docker build` of today has BuildKit at heart */
		"COMPOSE_DOCKER_CLI_BUILD=0", /* the same, of docker-compose 1 */
	};

	if (config->docker == DOCKER_OFF || config->docker == DOCKER_RAW)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(classic); i++)
		if (!is_named(&config->env, classic[i]) && argument(env, f, "%s", classic[i]) < 0)
			return -1;
	return 0;
}

/* The whole environment. What --env names comes last and wins, by replacing. */
static int plan_environment(const struct config *config, struct plan *plan, struct failure *f)
{
	static const char *const fixed[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/home/builder",
		"SHELL=/bin/sh",
		"LANG=C.UTF-8",
		"TMPDIR=/tmp",
		"PWD=/app",
	};
	const char *user = config->root_inside ? "root" : "builder";
	const char *term = getenv("TERM");
	struct strings env = { 0 };
	int bad = classic_environment(config, &env, f) < 0;

	plan->classic_words = env.n;
	for (size_t i = 0; i < ARRAY_LEN(fixed) && !bad; i++)
		bad = argument(&env, f, "%s", fixed[i]) < 0;
	bad = bad || argument(&env, f, "USER=%s", user) < 0 ||
	      argument(&env, f, "LOGNAME=%s", user) < 0;
	if (!bad && plan->tty && term != NULL)
		bad = argument(&env, f, "TERM=%s", term) < 0;
	bad = bad || docker_environment(config, &env, f) < 0;
	for (size_t i = 0; i < config->env.n && !bad; i++) {
		const char *word = config->env.v[i];
		size_t name = (size_t)(strchr(word, '=') - word) + 1, k = 0;

		while (k < env.n && strncmp(env.v[k], word, name) != 0)
			k++;
		if (k == env.n) {
			bad = argument(&env, f, "%s", word) < 0;
		} else {
			free(env.v[k]);
			env.v[k] = strdup(word);
			bad = env.v[k] == NULL ? fail(f, ENOMEM, "plan the environment") < 0 : 0;
		}
	}
	plan->envp = env.v;
	return bad ? -1 : 0;
}

static int file_read(const char *what, const char *path, size_t limit, char **ret, size_t *ret_n,
	struct failure *f)
{
	own_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	own_mem char *text = malloc(limit + 1);
	ssize_t n;

	if (fd < 0)
		return fail(f, errno, "%s %s", what, path);
	if (text == NULL)
		return fail(f, ENOMEM, "read %s", path);
	n = whole_read(fd, text, limit + 1);
	if (n < 0)
		return fail(f, errno, "%s %s", what, path);
	if ((size_t)n > limit)
		return fail(f, 0, "%s %s is larger than %zu bytes", what, path, limit);
	*ret = own_mem_give(text);
	*ret_n = (size_t)n;
	return 0;
}

static int plan_filter(const struct config *config, struct plan *plan, struct failure *f)
{
	own_mem char *text = NULL;
	size_t length = 0;
	enum filter_role role = config->allow_32bit && config->allow_userns
					? FILTER_BUILDER_32BIT_USERNS
				: config->allow_32bit  ? FILTER_BUILDER_32BIT
				: config->allow_userns ? FILTER_BUILDER_USERNS
						       : FILTER_BUILDER;

	plan->filter = filter_builtin(role);
	if (config->seccomp == NULL)
		return 0;
	if (file_read("--seccomp", config->seccomp, PROFILE_BYTES, &text, &length, f) < 0 ||
		profile_compile(config->seccomp, text, length, &plan->filter, f) < 0)
		return -1;
	plan->filter_owned = true;
	return 0;
}

static int plan_builder(const struct config *config, struct plan *plan, struct failure *f)
{
	plan->argv = config->command.n > 0 ? config->command.v : NULL;
	if (plan->argv == NULL && plan->source.kind == SOURCE_NONE) {
		fail(f, 0, "no command is given, and there is no repository to name one");
		return fail_remedy(f, "cofferdam run none -- COMMAND");
	}
	plan->tty = isatty(STDIN_FILENO) == 1;
	plan->tty_out = plan->tty && isatty(STDOUT_FILENO) == 1;
	plan->tty_err = plan->tty && isatty(STDERR_FILENO) == 1;
	/* Landlock forbids every change of mounts, which nested sandboxes are made of. */
	plan->landlock = landlock_abi() > 0 && !config->allow_userns;
	plan->apparmor = config->apparmor;
	plan->allow_chown = config->allow_chown;
	if (label_check(config->apparmor, config->selinux_label, f) < 0 ||
		(config->selinux_label != NULL &&
			label_selinux_raw(
				LABEL_LIBRARY, config->selinux_label, &plan->selinux_label, f) < 0))
		return -1;
	return plan_environment(config, plan, f) < 0 || plan_filter(config, plan, f) < 0 ? -1 : 0;
}

int plan_make(const struct config *config, const struct identity *identity, int fetch_fd,
	struct plan *ret, struct failure *f)
{
	*ret = (struct plan){ .fetch = { .exe_fd = fetch_fd, .credential_fd = -1 } };
	for (size_t i = 0; i < FETCH_INPUTS; i++)
		ret->fetch.inputs[i].fd = -1;
	ret->groups_kept = identity->groups_kept;
	ret->docker = config->docker != DOCKER_OFF;
	user_plan("/etc", identity->uid, identity->gid, config->root_inside, &ret->user);
	if (plan_fetch(config, identity, ret, f) < 0 ||
		plan_mounts(config, identity, &ret->root, f) < 0 ||
		plan_builder(config, ret, f) < 0 || proof_host(ret->host_namespaces, f) < 0)
		return -1;
	ret->network_at_clone = ret->source.kind == SOURCE_NONE || ret->source.kind == SOURCE_LOCAL;
	/* The cgroup namespace comes later, in the keeper: see its own_names(). */
	ret->clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			   CLONE_NEWUTS | (ret->network_at_clone ? CLONE_NEWNET : 0);
	return 0;
}

void plan_limit(
	struct plan *plan, const struct config *config, bool cgroup_memory, bool cgroup_pids)
{
	rlimits_plan(config, cgroup_memory, cgroup_pids, &plan->rlimits);
	rlimits_plan_fetcher(config, cgroup_memory, &plan->fetch_rlimits);
}

static void words_release(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < FETCH_INPUTS; i++)
		host_path_release(&plan->fetch.inputs[i]);
	for (size_t i = 0; i < plan->root.binds_n; i++) {
		host_path_release(&plan->root.binds[i].source);
		free(plan->root.binds[i].destination);
	}
	free(plan->root.binds);
	words_release(plan->fetch.argv);
	words_release(plan->envp);
	free(plan->selinux_label);
	own_fd_end(&plan->fetch.exe_fd);
	own_fd_end(&plan->fetch.credential_fd);
	if (plan->filter_owned)
		filter_free(&plan->filter);
	source_release(&plan->source);
	*plan = (struct plan){ .fetch = { .exe_fd = -1, .credential_fd = -1 } };
}
