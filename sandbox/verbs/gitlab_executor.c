#include "sandbox/verbs/gitlab_executor.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"
#include "sandbox/base/random.h"
#include "sandbox/config/setting.h"
#include "sandbox/launcher/leftovers.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/report/merge.h"
#include "sandbox/state/state.h"
#include "sandbox/verbs/gitlab_job.h"
#include "sandbox/verbs/run.h"

#include <fcntl.h>
#include <string.h>

#define BUILD_FAILURE  "BUILD_FAILURE_EXIT_CODE"
#define SYSTEM_FAILURE "SYSTEM_FAILURE_EXIT_CODE"
#define EXIT_CODE_FILE "BUILD_EXIT_CODE_FILE"
#define PART           GITLAB_JOB_ARCHIVE ".part"

/* The script as the runner wrote it, between what the last stage left and what this one leaves.
 * Both archives are the job's own affair: nobody outside looks into one. What the job has put in
 * the place of the second is gone before, and it has its name when it is whole: a full disk or
 * the time limit leaves the last one as it was. */
#define PART           GITLAB_JOB_ARCHIVE ".part"
static const char wrapper[] = "if [ -e /app/" GITLAB_JOB_ARCHIVE " ]; then\n"
			      "  tar -xpf /app/" GITLAB_JOB_ARCHIVE " -C /app || exit\n"
			      "  rm -f /app/" GITLAB_JOB_ARCHIVE "\n"
			      "fi\n"
			      "bash /run/script </dev/null\n"
			      "rc=$?\n"
			      "rm -rf /tmp/" GITLAB_JOB_ARCHIVE " /tmp/" PART "\n"
			      "tar -cf /tmp/" PART " -C /app . || exit\n"
			      "mv -fT /tmp/" PART " /tmp/" GITLAB_JOB_ARCHIVE " || exit\n"
			      "exit $rc\n";

/* What the runner wants to be told by. */
static int code_of(const char *variable, int otherwise)
{
	const char *text = getenv(variable);
	struct failure ignored;
	uint64_t code;

	if (text == NULL || number_parse(variable, text, 1, 255, &code, &ignored) < 0)
		return otherwise;
	return (int)code;
}

static int system_failure(void)
{
	return code_of(SYSTEM_FAILURE, 2);
}

/* ---- config ---- */

static int stage_config(const struct verb_call *call, struct failure *f)
{
	char name[RANDOM_HEX + 1];

	if (random_hex(name, f) < 0)
		return -1;
	fprintf(call->out,
		"{\"driver\":{\"name\":\"cofferdam\",\"version\":\"%s\"},"
		"\"builds_dir\":\"/app/builds\",\"cache_dir\":\"/app/cache\","
		"\"builds_dir_is_shared\":false,\"job_env\":{\"%s\":\"%s\"}}\n",
		COFFERDAM_VERSION, GITLAB_JOB_VARIABLE, name);
	return 0;
}

/* ---- run ---- */

static int take_command(struct config *config, struct failure *f)
{
	static const char *const command[] = { "bash", "-c", wrapper };

	strings_release(&config->command);
	for (size_t i = 0; i < ARRAY_LEN(command); i++)
		if (strings_add(&config->command, command[i], f) < 0)
			return -1;
	return 0;
}

/* The archive goes where the stage has found it, also of a stage that failed: after_script and
 * the upload of artifacts come after that. */
static int take_place(struct config *config, const char *place, struct failure *f)
{
	own_mem char *artifact = NULL;

	config->source = strdup(place);
	if (config->source == NULL ||
		asprintf(&artifact, "/tmp/" GITLAB_JOB_ARCHIVE "?:%s/", place) < 0)
		return fail(f, ENOMEM, "name the place of the job");
	config->copy = true;
	config->quiet = config->quiet || config->verbose == 0;
	config->artifact_on = KEEP_ALWAYS;
	config->artifact_replace = true;
	if (config->limits.app_size_bytes != LIMIT_NONE)
		config->artifact_limit_bytes = config->limits.app_size_bytes;
	return strings_add(&config->artifact, artifact, f);
}

/* For allow_failure:exit_codes. A runner that is older names no file. */
static void tell_exit_code(const struct verb_call *call, int exit_code)
{
	const char *path = getenv(EXIT_CODE_FILE);
	struct failure f = { 0 };
	own_fd int fd = -1;

	if (path == NULL || path[0] == '\0')
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0 && dprintf(fd, "%d\n", exit_code) > 0)
		return;
	fail(&f, errno, "write the exit code to %s", path);
	call->tell(&f);
}

static int stage_run(const struct verb_call *call, struct failure *f)
{
	struct config *config = call->config;
	char place[GITLAB_JOB_PATH];
	struct run_end end;
	int exit_code;

	if (gitlab_job_find(config->state, place, f) < 0)
		return -1;
	config->script = config->words.v[1];
	if (take_command(config, f) < 0 || take_place(config, place, f) < 0)
		return -1;
	exit_code = verb_run_end(call, &end, f);
	if (exit_code == 0)
		return 0;
	if (merge_is_retry(end.cause))
		return system_failure();
	tell_exit_code(call, exit_code);
	return code_of(BUILD_FAILURE, 1);
}

/* ---- prepare and cleanup ---- */

static int give_up_root(const struct verb_call *call, struct failure *f)
{
	struct identity identity;

	return identity_check(f) < 0 || identity_find(call->config->run_as, &identity, f) < 0
		       ? -1
		       : identity_give_up(&identity, f);
}

static int stage_prepare(const struct verb_call *call, struct failure *f)
{
	return give_up_root(call, f) < 0 ? -1 : gitlab_job_make(call->config->state, f);
}

/* What a driver that was killed left, and then what the job left to itself. */
static int stage_cleanup(const struct verb_call *call, struct failure *f)
{
	own_fd int dir_fd = -1;
	char path[256];

	if (give_up_root(call, f) < 0)
		return -1;
	if (state_dir_open(&dir_fd, path, sizeof(path), f) == 0)
		(void)leftovers_remove_quietly(dir_fd, true);
	return gitlab_job_remove(call->config->state, f);
}

static const struct stage_row {
	const char *name;
	size_t words; /* and the name is one of them */
	int (*run)(const struct verb_call *call, struct failure *f);
} stage_rows[] = {
	{ "config", 1, stage_config },
	{ "prepare", 1, stage_prepare },
	{ "run", 3, stage_run },
	{ "cleanup", 1, stage_cleanup },
};

static int run_stage(const struct verb_call *call, struct failure *f)
{
	const struct strings *words = &call->config->words;

	for (size_t i = 0; words->n > 0 && i < ARRAY_LEN(stage_rows); i++) {
		const struct stage_row *row = &stage_rows[i];

		if (strcmp(row->name, words->v[0]) != 0)
			continue;
		if (words->n == row->words)
			return row->run(call, f);
		fail(f, 0, "%s is followed by %zu words and not by %zu", row->name, words->n - 1,
			row->words - 1);
		return fail_remedy(f, "the runner appends SCRIPT and STAGE to run alone");
	}
	fail(f, 0, "%s is no call of the custom executor", words->n > 0 ? words->v[0] : "nothing");
	return fail_remedy(f, "cofferdam gitlab-executor config|prepare|run SCRIPT STAGE|cleanup");
}

int verb_gitlab_executor(const struct verb_call *call, struct failure *f)
{
	int exit_code = run_stage(call, f);

	if (exit_code >= 0)
		return exit_code;
	if (f->step[0] == '\0')
		fail_step(f, "gitlab-executor");
	call->tell(f);
	return system_failure();
}

int verb_gitlab_executor_refuse(int argc, char *argv[], FILE *out, const struct failure *why)
{
	(void)out;
	(void)why;
	return argc > 1 && strcmp(argv[1], "gitlab-executor") == 0 ? system_failure() : -1;
}
