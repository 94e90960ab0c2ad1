#include "sandbox/verbs/run.h"

#include "sandbox/launcher/launcher.h"
#include "sandbox/verbs/explain.h"

#include <unistd.h>

int verb_run(const struct verb_call *call, struct failure *f)
{
	struct progress progress;
	struct outcome outcome;
	int exit_code;

	if (call->config->steps) {
		explain_steps(call->out);
		return 0;
	}
	progress_open(&progress, call->config, STDERR_FILENO);
	exit_code = launcher_run(call->config, &progress, &outcome, f);
	progress_clear(&progress);
	if (outcome.failed)
		call->tell(f);
	return exit_code;
}

int verb_run_refuse(int argc, char *argv[], FILE *out, const struct failure *why)
{
	const char *report = config_report_path(argc, argv);
	const struct config config = { .color = COLOR_AUTO };
	struct progress progress;

	(void)out;
	if (report == NULL)
		return -1;
	progress_open(&progress, &config, STDERR_FILENO);
	launcher_refuse(report, why, &progress);
	return -1;
}
