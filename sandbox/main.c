/* cofferdam: arguments to config, config to a verb, a verb to an exit code. Errors are
 * printed here and nowhere else. */
#include "sandbox/base/hurry.h"
#include "sandbox/base/own.h"
#include "sandbox/config/config.h"
#include "sandbox/launcher/front.h"
#include "sandbox/plan/secret_plan.h"
#include "sandbox/privilege/descriptors.h"
#include "sandbox/verbs/disk.h"
#include "sandbox/verbs/doctor.h"
#include "sandbox/verbs/explain.h"
#include "sandbox/verbs/gc.h"
#include "sandbox/verbs/gitlab_executor.h"
#include "sandbox/verbs/help.h"
#include "sandbox/verbs/ps.h"
#include "sandbox/verbs/report_merge.h"
#include "sandbox/verbs/run.h"
#include "sandbox/verbs/selftest.h"
#include "sandbox/verbs/sh.h"
#include "sandbox/verbs/shell.h"
#include "sandbox/verbs/version.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

/* Where root has started us: does another process keep what is root's (front.h)? */
enum front {
	FRONT_NONE,   /* nothing is done but printing */
	FRONT_SILENT, /* it has the terminal for itself */
	FRONT_KEYS,   /* the keys are a builder's */
};

struct verb_row {
	int (*run)(const struct verb_call *call, struct failure *f);
	/* A command line that could not be read, where somebody waits for more than an exit
	 * code. The exit code; -1: it was for another verb, or EXIT_REFUSED will do. */
	int (*refuse)(int argc, char *argv[], FILE *out, const struct failure *why);
	enum front front;
};

static const struct verb_row verb_rows[] = {
	[VERB_RUN] = { verb_run, verb_run_refuse, FRONT_KEYS }, /* a report, also of a shell */
	[VERB_SHELL] = { verb_shell, NULL, FRONT_KEYS },
	[VERB_SH] = { verb_sh, NULL, FRONT_KEYS },
	[VERB_GITLAB] = { verb_gitlab_executor, verb_gitlab_executor_refuse, FRONT_KEYS },
	[VERB_DOCTOR] = { verb_doctor, NULL, FRONT_SILENT },
	[VERB_SELFTEST] = { verb_selftest, NULL, FRONT_SILENT },
	[VERB_EXPLAIN] = { verb_explain, NULL, FRONT_SILENT },
	[VERB_GC] = { verb_gc, NULL, FRONT_SILENT },
	[VERB_PS] = { verb_ps, NULL, FRONT_SILENT },
	[VERB_DISK] = { verb_disk, verb_disk_refuse, FRONT_SILENT }, /* a monitor's line */
	[VERB_REPORT] = { verb_report, NULL, FRONT_SILENT },
	[VERB_VERSION] = { verb_version, NULL, FRONT_NONE },
	[VERB_HELP] = { verb_help, NULL, FRONT_NONE },
};

/* Who does not read our stderr keeps us for a second at most. */
static void print_failure(const struct failure *f)
{
	char text[FAILURE_TEXT], lines[sizeof(*f) + 128];
	int n;

	n = snprintf(lines, sizeof(lines), "cofferdam: %s%s%s\n", f->step,
		f->step[0] != '\0' ? ": " : "", failure_text(f, text));
	if (f->remedy[0] != '\0')
		n += snprintf(
			lines + n, sizeof(lines) - (size_t)n, "cofferdam: try: %s\n", f->remedy);
	(void)hurry_write_whole(STDERR_FILENO, lines, (size_t)n, 1000 / HURRY_MS);
}

/* A crash of ours, or of what we start, starts no handler of cores as the host's root: 1 does
 * that, 0 does not (rlimits.c). Only the soft limit: a builder's hard one is the plan's. */
static void start_no_core_handler(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) < 0)
		return;
	core.rlim_cur = core.rlim_max < 1 ? core.rlim_max : 1;
	(void)setrlimit(RLIMIT_CORE, &core);
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
	const struct strings *const words[] = { &config->secret, &config->credential };
	int keep[ARRAY_LEN(named) + ARRAY_LEN(words) * ROOT_SECRETS_MOST];
	size_t n = 0;

	for (size_t k = 0; k < ARRAY_LEN(words); k++)
		for (size_t i = 0; i < words[k]->n && i < ROOT_SECRETS_MOST; i++) {
			const char *target = strchr(words[k]->v[i], '=');

			if (target != NULL && strncmp(target, "=fd:", 4) == 0)
				keep[n++] = (int)strtol(target + 4, NULL, 10);
		}
	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		if (named[i] != NULL && strncmp(named[i], "fd:", 3) == 0)
			keep[n++] = (int)strtol(
				named[i] + 3, NULL, 10); /* a number: config checked it */
	return descriptors_close_but(keep, n, f);
}

static int refuse(int argc, char *argv[], const struct failure *why)
{
	int exit_code = EXIT_REFUSED;

	print_failure(why);
	for (size_t i = 0; i < ARRAY_LEN(verb_rows); i++)
		if (verb_rows[i].refuse != NULL) {
			int own = verb_rows[i].refuse(argc, argv, stdout, why);

			exit_code = own >= 0 ? own : exit_code;
		}
	return exit_code;
}

/* Behind a front if we are root's. */
static int run(const struct verb_row *row, const struct verb_call *call, int argc, char *argv[],
	struct failure *f)
{
	if (close_unnamed(call->config, f) < 0)
		return -1;
	if (geteuid() == 0 && row->front != FRONT_NONE &&
		front_enter(row->front == FRONT_KEYS, argc, argv, f) < 0)
		return -1;
	return row->run(call, f);
}

/* An answer that was not delivered is not an answer; a long one may have failed before. */
static int end_answer(int exit_code)
{
	struct failure f = { 0 };
	bool failed = ferror(stdout); /* its errno is gone */

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return exit_code;
	fail(&f, errno, "the answer is not whole: write it to stdout");
	print_failure(&f);
	return exit_code == 0 ? EXIT_REFUSED : exit_code;
}

int main(int argc, char *argv[])
{
	struct config config;
	struct verb_call call = { .config = &config, .out = stdout, .tell = print_failure };
	struct failure f = { 0 };
	enum verb verb;
	int exit_code;

	start_no_core_handler();
	if (open_standard_descriptors() < 0)
		return EXIT_REFUSED;
	if (config_read(argc, argv, &verb, &call.topic, &config, &f) < 0)
		return refuse(argc, argv, &f);
	config_hide_secrets(argc, argv);
	if (secret_plan_environment(&config, &f) < 0)
		return refuse(argc, argv, &f);
	exit_code = run(&verb_rows[verb], &call, argc, argv, &f);
	if (exit_code < 0) {
		print_failure(&f);
		exit_code = EXIT_REFUSED;
	}
	config_release(&config);
	return end_answer(exit_code);
}
