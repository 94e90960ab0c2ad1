#include "sandbox/verbs/sh.h"

#include "namespaces/root_script.h"
#include "sandbox/base/own.h"
#include "sandbox/config/setting.h"
#include "sandbox/verbs/run.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* The shell, its flags, and behind a "--" the script or the string with what belongs to it. */
static int make_command(struct config *config, struct failure *f)
{
	struct strings *command = &config->command;
	const struct strings *words = &config->words;

	strings_release(command);
	if (strings_add(command, config->shell_program, f) < 0)
		return -1;
	for (size_t i = 0; i < config->flags.n; i++)
		if (strings_add(command, config->flags.v[i], f) < 0)
			return -1;
	if (words->n == 0)
		return 0; /* what is to be run comes by stdin */
	if (strings_add(command, "--", f) < 0)
		return -1;
	for (size_t i = 0; i < words->n; i++)
		if (strings_add(command,
			    i == 0 && config->script != NULL ? ROOT_SCRIPT : words->v[i], f) < 0)
			return -1;
	return 0;
}

/* -s: also what follows it are arguments alone. */
static bool reads_stdin(const struct config *config)
{
	for (size_t i = 0; i < config->flags.n; i++)
		if (config->flags.v[i][0] == '-' && strchr(config->flags.v[i], 's') != NULL)
			return true;
	return false;
}

/* An artifact without a place of its own goes into the workspace. */
static int place_artifacts(struct config *config, struct failure *f)
{
	struct strings *words = &config->artifact;

	if (config->workspace == NULL)
		return 0;
	config->artifact_replace = true;
	if (words->n > 0 && strchr(config->workspace, ':') != NULL) {
		fail(f, 0, "--workspace %.200s: no artifact can go there, for its name has a ':'",
			config->workspace);
		return fail_remedy(f, "give it by another name, such as a link's");
	}
	for (size_t i = 0; i < words->n; i++) {
		char *placed;

		if (strchr(words->v[i], ':') != NULL || strcmp(words->v[i], "-") == 0)
			continue;
		if (asprintf(&placed, "%s:%s/", words->v[i], config->workspace) < 0)
			return fail(f, ENOMEM, "place the artifacts");
		free(words->v[i]);
		words->v[i] = placed;
	}
	return 0;
}

static int prepare(struct config *config, struct failure *f)
{
	config->source = strdup(config->workspace != NULL ? config->workspace : ".");
	if (config->source == NULL)
		return fail(f, ENOMEM, "name the source");
	config->copy = true;
	config->quiet = config->quiet || config->verbose == 0;
	if (!config->string && !reads_stdin(config) && config->words.n > 0)
		config->script = config->words.v[0];
	return make_command(config, f) < 0 ? -1 : place_artifacts(config, f);
}

/* 128+N says it to a person; who waits for a shell is told by the signal. Which one is the
 * stranger's choice, and nothing of the host is to be started on our memory for it: a limit of 0
 * keeps no handler of cores away, and this does. */
static void end_by(int signal_number, FILE *out)
{
	sigset_t set;

	(void)fflush(out);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return;
	(void)signal(signal_number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(signal_number);
}

int verb_sh(const struct verb_call *call, struct failure *f)
{
	struct run_end end;
	int exit_code;

	if (prepare(call->config, f) < 0)
		return fail_step(f, "launcher: read the options");
	exit_code = verb_run_end(call, &end, f);
	if (end.signal != 0)
		end_by(end.signal, call->out);
	return exit_code;
}
