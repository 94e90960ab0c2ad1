/* cofferdam: arguments to config, config to a verb, a verb to an exit code. Errors are
 * printed here and nowhere else. */
#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/config/config.h"
#include "sandbox/engine/cleanup.h"
#include "sandbox/launcher/front.h"
#include "sandbox/launcher/launcher.h"
#include "sandbox/launcher/leftovers.h"
#include "sandbox/privilege/descriptors.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/verbs/disk.h"
#include "sandbox/verbs/doctor.h"
#include "sandbox/verbs/explain.h"
#include "sandbox/verbs/images.h"
#include "sandbox/verbs/ps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define EXIT_REFUSED 125 /* cofferdam could not do what was asked */
#define DISK_UNKNOWN 3   /* what a monitoring plugin says when it cannot tell */

static void print_failure(const struct failure *f)
{
	char text[FAILURE_TEXT];

	fprintf(stderr, "cofferdam: %s%s%s\n", f->step, f->step[0] != '\0' ? ": " : "",
		failure_text(f, text));
	if (f->remedy[0] != '\0')
		fprintf(stderr, "cofferdam: try: %s\n", f->remedy);
}

static int refuse(const struct failure *f)
{
	print_failure(f);
	return EXIT_REFUSED;
}

/* A program that starts without 0, 1 or 2 would open files there and write to them. */
static int open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	return fd < 0 ? -1 : close(fd);
}

/* What a shell, a service manager or a CI runner has left open for us is nobody's of ours,
 * but for what the command line names. */
static int close_unnamed(const struct config *config, struct failure *f)
{
	const char *const named[] = { config->events, config->docker_auth, config->git_credential };
	int keep[ARRAY_LEN(named)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		if (named[i] != NULL && strncmp(named[i], "fd:", 3) == 0)
			keep[n++] = (int)strtol(
				named[i] + 3, NULL, 10); /* a number: config checked it */
	return descriptors_close_but(keep, n, f);
}

static void refuse_run(int argc, char *argv[], const struct failure *why)
{
	const char *report = config_report_path(argc, argv);
	const struct config config = { .color = COLOR_AUTO };
	struct progress progress;

	if (report == NULL)
		return;
	progress_open(&progress, &config, STDERR_FILENO);
	launcher_refuse(report, why, &progress);
}

/* A monitor understands one line, also where its own command line is wrong. */
static bool refuse_disk(int argc, char *argv[], const struct failure *why)
{
	bool json = false;

	if (argc < 2 || strcmp(argv[1], "disk") != 0)
		return false;
	for (int i = 2; i < argc; i++)
		json |= strcmp(argv[i], "--json") == 0;
	disk_unknown(json, stdout, why);
	return fflush(stdout) == 0;
}

static int run(struct config *config, struct failure *f)
{
	struct progress progress;
	struct outcome outcome;
	int exit_code;

	if (config->steps) {
		explain_steps(stdout);
		return 0;
	}
	progress_open(&progress, config, STDERR_FILENO);
	exit_code = launcher_run(config, &progress, &outcome, f);
	progress_clear(&progress);
	if (outcome.failed)
		print_failure(f);
	return exit_code;
}

/* What only looks does it as the user that a run would have. */
static int become_user(const struct config *config, struct failure *f)
{
	struct identity identity;

	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0)
		return -1;
	return identity_give_up(&identity, f);
}

/* The doctor tries what a run would have, which for root includes delegated cgroups. */
static int delegate_cgroups(const struct config *config, struct failure *f)
{
	struct identity identity;

	if (identity_find(config->run_as, &identity, f) < 0)
		return -1;
	return identity.was_root ? cgroup_prepare("/", identity.uid, identity.gid, f) : 0;
}

/* The engine's socket may need a group that only root can lend the broker, so Docker comes
 * first; root is given up there. */
static int doctor(const struct config *config, struct failure *f)
{
	bool asked = config->docker != DOCKER_OFF;
	struct benchmark docker;
	struct identity identity;
	int finding;

	if (delegate_cgroups(config, f) < 0 || identity_check(f) < 0 ||
		identity_find(config->run_as, &identity, f) < 0)
		return refuse(f);
	finding = asked ? benchmark_examine(config, &identity, &docker, f)
			: identity_give_up(&identity, f);
	if (finding == 0)
		finding = doctor_run(config, asked ? &docker : NULL, stdout, f);
	return finding < 0 ? refuse(f) : finding;
}

/* In a child that is that user for good. What that user may not ask of a container engine it
 * asks of us (reaper.h). */
static int gc_as(struct identity *identity, const struct config *config, struct failure *f)
{
	own_fd int pidfd = -1, ours = -1, theirs = -1;
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair"), refuse(f);
	ours = pair[0];
	theirs = pair[1];
	pid = spawn("gc as the user", 0, -1, &pidfd, f);
	if (pid < 0)
		return refuse(f);
	if (pid == 0) {
		bool bad;

		own_fd_end(&ours);
		bad = identity_give_up(identity, f) < 0 ||
		      leftovers_remove_asking(config, theirs, stdout, f) < 0;
		fflush(stdout);
		_exit(bad ? refuse(f) : 0);
	}
	own_fd_end(&theirs);
	cleanup_serve(ours, identity);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_REFUSED;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EXIT_REFUSED;
}

#define GC_USERS 64 /* as whom root has run sandboxes; more are found by the next gc */

/* What the runs of root left belongs to the users that they ran as, and is removed as
 * each of them; what is root's own, the delegated parents, comes last. By those the users
 * are found, so they stay as long as something of a user's does. */
static int gc(const struct config *config, struct failure *f)
{
	struct cgroup_owner owners[GC_USERS];
	struct identity identity;
	size_t n;
	int bad = 0;

	fflush(stdout); /* or every child would print it again */
	if (geteuid() == 0) {
		if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0)
			return refuse(f);
		n = cgroup_owners("/", owners, GC_USERS);
		for (size_t i = 0; i < n; i++) {
			struct identity other = {
				.uid = owners[i].uid, .gid = owners[i].gid, .was_root = true
			};

			if (other.uid != identity.uid)
				bad |= gc_as(&other, config, f);
		}
		bad |= gc_as(&identity, config, f);
	}
	if (leftovers_remove(config, bad == 0, stdout, f) < 0)
		return refuse(f);
	return bad;
}

static int disk(const struct config *config, struct failure *f)
{
	struct identity identity;
	int state;

	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0) {
		disk_unknown(config->json, stdout, f);
		state = DISK_UNKNOWN;
	} else {
		state = disk_run(config, &identity, stdout, f);
	}
	if (state == DISK_UNKNOWN)
		print_failure(f);
	return state;
}

static int images(const struct config *config, struct failure *f)
{
	struct identity identity;

	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0)
		return refuse(f);
	return images_run(config, &identity, stdout, f) < 0 ? refuse(f) : 0;
}

static int ps(const struct config *config, struct failure *f)
{
	return become_user(config, f) < 0 || ps_run(config, stdout, f) < 0 ? refuse(f) : 0;
}

static int explain(const struct config *config, struct failure *f)
{
	return explain_run(config, stdout, f) < 0 ? refuse(f) : 0;
}

int main(int argc, char *argv[])
{
	struct config config;
	struct failure f = { 0 };
	enum verb verb, topic;
	int exit_code = 0;

	if (open_standard_descriptors() < 0)
		return EXIT_REFUSED;
	if (config_read(argc, argv, &verb, &topic, &config, &f) < 0) {
		refuse_run(argc, argv, &f);
		refuse(&f);
		return refuse_disk(argc, argv, &f) ? DISK_UNKNOWN : EXIT_REFUSED;
	}
	config_hide_secrets(argc, argv);
	if (close_unnamed(&config, &f) < 0 ||
		(geteuid() == 0 && verb != VERB_VERSION && verb != VERB_HELP &&
			front_enter(verb == VERB_RUN, &f) < 0))
		return refuse(&f);
	switch (verb) {
	case VERB_RUN:
		exit_code = run(&config, &f);
		break;
	case VERB_DOCTOR:
		exit_code = doctor(&config, &f);
		break;
	case VERB_EXPLAIN:
		exit_code = explain(&config, &f);
		break;
	case VERB_GC:
		exit_code = config.images ? images(&config, &f) : gc(&config, &f);
		break;
	case VERB_PS:
		exit_code = ps(&config, &f);
		break;
	case VERB_DISK:
		exit_code = disk(&config, &f);
		break;
	case VERB_VERSION:
		printf("cofferdam %s\n", COFFERDAM_VERSION);
		break;
	case VERB_HELP:
		config_usage(topic, stdout);
		break;
	}
	config_release(&config);
	/* An answer that was not delivered is no answer; a long one may have failed before. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && exit_code == 0)
		exit_code = EXIT_REFUSED;
	return exit_code;
}
