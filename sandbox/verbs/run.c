#include "sandbox/verbs/run.h"

#include "sandbox/base/own.h"
#include "sandbox/base/random.h"
#include "sandbox/launcher/launcher.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/report/report.h"
#include "sandbox/verbs/explain.h"

#include <string.h>

/* A signal is in the exit code; a setting that was met is an error, which --quiet leaves. */
static bool says_more(const struct config *config, const struct outcome *outcome)
{
	return !config->quiet ||
	       (outcome->cause != CAUSE_SIGNALLED && outcome->cause != CAUSE_INTERRUPTED);
}

int verb_run(const struct verb_call *call, struct failure *f)
{
	struct run_end end;

	return verb_run_end(call, &end, f);
}

int verb_run_end(const struct verb_call *call, struct run_end *ret, struct failure *f)
{
	struct progress progress;
	struct outcome outcome;
	int exit_code;

	*ret = (struct run_end){ .cause = CAUSE_EXITED };
	if (call->config->steps) {
		explain_steps(call->out);
		return 0;
	}
	if (call->config->dry_run)
		return verb_explain(call, f);
	progress_open(&progress, call->config, STDERR_FILENO);
	exit_code = launcher_run(call->config, &progress, &outcome, f);
	progress_clear(&progress);
	if (outcome.failed)
		call->tell(f);
	else if (outcome.closing.what[0] != '\0' && says_more(call->config, &outcome))
		call->tell(&outcome.closing);
	ret->cause = outcome.cause;
	if (outcome.cause == CAUSE_SIGNALLED || outcome.cause == CAUSE_INTERRUPTED)
		ret->signal = exit_code > 128 ? exit_code - 128 : 0;
	return exit_code;
}

/* Nothing is begun, and the report says why. Root is given up first, as in every run. */
static void write_refusal(const char *report, const struct failure *why, struct progress *progress)
{
	struct identity identity;
	struct outcome outcome = {
		.exit_code = EXIT_REFUSED,
		.cause = CAUSE_SETUP_FAILED,
		.failed = true,
		.error = *why,
		.driver = CGROUP_NONE,
		.requested = limits_none,
		.applied = limits_none,
	};
	struct failure f;
	own_fd int dir_fd = -1;

	clock_gettime(CLOCK_REALTIME, &outcome.started);
	outcome.finished = outcome.started;
	for (int i = 0; i < PHASE_COUNT; i++)
		outcome.phase_ms[i] = -1;
	memset(&outcome.usage, 0xff, sizeof(outcome.usage)); /* nothing is known of it */
	if (identity_check(&f) < 0 || identity_find(NULL, &identity, &f) < 0 ||
		identity_give_up(&identity, &f) < 0 || random_hex(outcome.id, &f) < 0 ||
		report_open(report, &dir_fd, &f) < 0 ||
		report_write(dir_fd, report, &outcome, &f) < 0)
		progress_error(progress, "the report was not written: %s", f.what);
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
	write_refusal(report, why, &progress);
	return -1;
}
