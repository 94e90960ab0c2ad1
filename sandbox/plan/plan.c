/* The plan: what crosses the clone.
 *
 *   words     argv of the fetcher, argv and environment of the builder
 *   files     of the host, already opened: SOURCE, what --ro-bind names, keys, the agent,
 *             cofferdam-fetch; the credential, in a sealed memfd
 *   numbers   the flags of the clone, ids, limits, the host's namespaces to compare with
 *   programs  the seccomp filter, already compiled
 *
 * All of it is decided here, in the launcher, which is the last process that may look a name up,
 * parse a text, or fail because of what the user wrote. The clone copies the launcher's memory,
 * so what is made before it is there after it, at the same address, and needs no protocol; what
 * is known only later, the repository's wishes, goes by message (keeper/message.h). Inside nobody
 * changes the plan, and of the host nobody reaches more than it names. */
#include "sandbox/plan/plan.h"

#include "namespaces/root_bind.h"
#include "sandbox/base/given.h"
#include "sandbox/base/own.h"
#include "sandbox/companion/egress_message.h"
#include "sandbox/docker/policy.h"
#include "sandbox/host/facts.h"
#include "sandbox/plan/cache_plan.h"
#include "sandbox/plan/image_plan.h"
#include "sandbox/plan/plan_environment.h"
#include "sandbox/plan/plan_fetch.h"
#include "sandbox/plan/plan_terminal.h"
#include "sandbox/plan/program.h"
#include "sandbox/plan/script_plan.h"
#include "sandbox/plan/secret_plan.h"
#include "sandbox/plan/words.h"
#include "sandbox/privilege/label.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/profile.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>

/* fs.inotify.max_user_*, where it cannot be read */
#define INSTANCES_USUAL 128
#define WATCHES_USUAL   8192
#define BINDS_MAX       64 /* builder.c has room for a Landlock rule each */
#define DESTINATION_MAX 255
#define PROFILE_BYTES   (1024 * 1024)

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
	if (root_bind_allow("--ro-bind", colon + 1, f) < 0 ||
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
	struct plan *plan, struct failure *f)
{
	struct root_plan *ret = &plan->root;

	ret->bytes = config->limits.app_size_bytes;
	ret->memory_bytes = ret->swap_bytes = LIMIT_NONE;
	ret->inodes = config->limits.app_inodes;
	ret->root_inside = config->root_inside;
	ret->allow_userns = config->allow_userns;
	ret->allow_chown = config->allow_chown;
	if (image_plan_make(config, identity, plan, f) < 0)
		return -1;
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

static int file_read(const char *what, const char *path, uint64_t within_s, size_t limit,
	char **ret, size_t *ret_n, struct failure *f)
{
	own_fd int fd = given_open(path);
	own_mem char *text = malloc(limit + 1);
	ssize_t n;

	if (fd < 0)
		return fail(f, errno, "%s %s", what, path);
	if (text == NULL)
		return fail(f, ENOMEM, "read %s", path);
	n = given_read(fd, text, limit + 1, within_s);
	if (n < 0)
		return given_fail(what, path, f);
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
		return filter_tell(&plan->filter, &plan->told, f);
	if (file_read("--seccomp", config->seccomp, config->limits.timeout_s, PROFILE_BYTES, &text,
		    &length, f) < 0 ||
		profile_compile(config->seccomp, text, length, &plan->filter, f) < 0)
		return -1;
	plan->filter_owned = true;
	return 0;
}

/* A quarter of what the host gives the caller: three more runs fit beside this one, or his own
 * programs. A container sees no bound of its own there, so the host's counts as well. */
static uint64_t inotify_share(const char *own, const char *host, uint64_t usual)
{
	uint64_t a, b;

	if (!facts_number("/", own, &a))
		a = UINT64_MAX;
	if (!facts_number("/", host, &b))
		b = usual;
	return (a < b ? a : b) / 4;
}

static void plan_sysctl(
	const struct config *config, const struct user_plan *user, struct sysctl_plan *ret)
{
	*ret = (struct sysctl_plan){
		.inotify_instances = inotify_share("/proc/sys/user/max_inotify_instances",
			"/proc/sys/fs/inotify/max_user_instances", INSTANCES_USUAL),
		.inotify_watches = inotify_share("/proc/sys/user/max_inotify_watches",
			"/proc/sys/fs/inotify/max_user_watches", WATCHES_USUAL),
		.memory_bytes = config->limits.memory_bytes,
		.builder_gid = user_ids(user, false).builder_gid,
		.allow_userns = config->allow_userns,
	};
}

/* An image's directory only where the user says so. */
static const char *plan_directory(const struct config *config, const struct plan *plan)
{
	if (plan->workdir != NULL)
		return plan->workdir;
	return config->image_env && plan->image != NULL && plan->image->config.directory[0] != '\0'
		       ? plan->image->config.directory
		       : plan->clone;
}

static int plan_workdir(const struct config *config, struct plan *plan, struct failure *f)
{
	const char *word = config->workdir;

	if (word == NULL)
		return 0;
	if (asprintf(&plan->workdir, "%s%s%s", word[0] == '/' ? "" : plan->clone,
		    word[0] == '/' ? "" : "/", word) < 0) {
		plan->workdir = NULL;
		return fail(f, ENOMEM, "plan where the command starts");
	}
	return 0;
}

static int plan_builder(const struct config *config, struct plan *plan, struct failure *f)
{
	plan->argv = config->command.n > 0 ? config->command.v : NULL;
	if (plan->argv == NULL && plan->source.kind == SOURCE_NONE) {
		fail(f, 0, "no command is given, and there is no repository to name one");
		return fail_remedy(f, "cofferdam run none -- COMMAND");
	}
	if (config->image_env && plan->image == NULL) {
		fail(f, 0, "--image-env: there is no image that could name an environment");
		return fail_remedy(f, "name one: --rootfs oci:PATH");
	}
	if (plan_terminal(plan, f) < 0)
		return -1;
	if (config->shell && !plan->tty) {
		fail(f, 0, "a shell needs a terminal, and stdin is none");
		return fail_remedy(f, "cofferdam run SOURCE -- COMMAND needs none");
	}
	if (config->on_failure == ON_FAILURE_SHELL && !plan->tty) {
		fail(f, 0, "--on-failure shell needs a terminal, and stdin is none");
		return fail_remedy(f, "--keep-on-failure TIME needs none");
	}
	/* Landlock forbids every change of mounts, which nested sandboxes are made of. */
	plan->landlock = landlock_abi() > 0 && !config->allow_userns;
	plan->root.landlock = plan->landlock;
	if (plan_workdir(config, plan, f) < 0)
		return -1;
	plan->directory = plan_directory(config, plan);
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
	*ret = (struct plan){ .clone = "/app",
		.fetch = { .exe_fd = fetch_fd, .credential_fd = -1 },
		.unpack = UNPACK_PLAN_NONE,
		.root = { .script_fd = -1 },
		.store = ROOT_STORE_BEGIN };
	if (config->source_dir != NULL)
		snprintf(ret->clone, sizeof(ret->clone), "/app/%s", config->source_dir);
	for (size_t i = 0; i < FETCH_INPUTS; i++)
		ret->fetch.inputs[i].fd = -1;
	ret->groups_kept = identity->groups_kept;
	ret->cpus_milli = config->limits.cpus_milli;
	ret->docker = config->docker != DOCKER_OFF;
	ret->hold = config->keep_on_failure_s > 0 || config->on_failure == ON_FAILURE_SHELL;
	ret->door = config->attachable || ret->hold;
	ret->root.resolv_conf = config->net_full    ? "nameserver " EGRESS_FORWARD "\n"
				: config->net.n > 0 ? "nameserver 127.0.0.1\n"
						      "options timeout:2 attempts:2\n"
						    : NULL;
	user_plan("/etc", identity->uid, identity->gid, config->root_inside, &ret->user);
	plan_sysctl(config, &ret->user, &ret->sysctl);
	if (script_plan_make(config, ret, f) < 0 || plan_fetch(config, identity, ret, f) < 0 ||
		plan_mounts(config, identity, ret, f) < 0 || cache_plan_make(config, ret, f) < 0 ||
		secret_plan_make(config, &ret->root, f) < 0 || plan_builder(config, ret, f) < 0 ||
		proof_host(ret->host_namespaces, f) < 0)
		return -1;
	ret->network_at_clone = ret->source.kind == SOURCE_NONE || ret->source.kind == SOURCE_LOCAL;
	/* The cgroup namespace comes later, in the keeper: see its own_names(). */
	ret->clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			   CLONE_NEWUTS | (ret->network_at_clone ? CLONE_NEWNET : 0);
	return 0;
}

int plan_public(const struct plan *plan, struct etc_public *ret, struct failure *f)
{
	ret->n = 0;
	return plan->root.image.path == NULL ? etc_public_find("", ret, f) : 0; /* it has its own */
}

void plan_limit(struct plan *plan, const struct config *config, const struct limits *cgroup)
{
	const bool memory = cgroup->memory_bytes != LIMIT_NONE;

	rlimits_plan(config, memory, cgroup->pids != LIMIT_NONE, &plan->rlimits);
	rlimits_plan_fetcher(config, memory, &plan->fetch_rlimits);
	plan->root.memory_bytes = cgroup->memory_bytes;
	plan->root.swap_bytes = cgroup->swap_bytes;
	for (size_t i = 0; i < plan->rlimits.n; i++) {
		const struct rlimit_row *row = &plan->rlimits.rows[i];

		if (row->resource == RLIMIT_DATA && row->stands_in)
			limit_tighten(&plan->root.memory_bytes, row->soft);
	}
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
	cache_plan_release(&plan->root);
	secret_plan_release(&plan->root);
	own_fd_end(&plan->root.script_fd);
	host_path_release(&plan->root.image);
	free(plan->image);
	words_release(plan->fetch.argv);
	words_release(plan->envp);
	free(plan->selinux_label);
	free(plan->workdir);
	own_fd_end(&plan->fetch.exe_fd);
	own_fd_end(&plan->fetch.credential_fd);
	own_fd_end(&plan->unpack.exe_fd);
	own_fd_end(&plan->unpack.input_fd);
	root_store_release(&plan->store);
	filter_free(&plan->told);
	if (plan->filter_owned)
		filter_free(&plan->filter);
	source_release(&plan->source);
}
