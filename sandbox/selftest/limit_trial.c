#include "sandbox/selftest/limit_trial.h"

#include "sandbox/base/own.h"

#include <string.h>

static void one_second(struct limits *limits)
{
	limits->timeout_s = 1;
}

static void little_output(struct limits *limits)
{
	limits->output_limit_bytes = 65536;
}

static void few_processes(struct limits *limits)
{
	limits->pids = 32;
}

const struct limit_trial limit_trials[] = {
	{ WALL_TIME_LIMIT, one_second, { "stay", "30" }, CAUSE_TIMEOUT, NULL,
		"go on for 30 s with --timeout 1", "a build that does not end" },
	{ WALL_OUTPUT_LIMIT, little_output, { "write-much", "1048576" }, CAUSE_OUTPUT_LIMIT, NULL,
		"write 1 MiB with --output-limit 64K", "the disk of who keeps the log" },
	{ WALL_CGROUP, few_processes, { "processes", "64" }, CAUSE_EXITED, "EAGAIN",
		"start 64 processes with --pids 32", "a fork bomb" },
};
const size_t limit_trials_n = ARRAY_LEN(limit_trials);

static void judge(const struct limit_trial *trial, char *text, const struct sandbox_end *end,
	struct selftest_row *ret)
{
	const char *got = cause_name(end->cause);
	bool holds = end->cause == trial->cause;

	if (trial->answer != NULL) {
		text[strcspn(text, "\n")] = '\0';
		failure_sanitize(text);
		got = text[0] != '\0' ? text : got;
		holds = strcmp(got, trial->answer) == 0;
	}
	ret->verdict = holds                        ? VERDICT_HELD
		       : end->cause == CAUSE_EXITED ? VERDICT_OPEN
						    : VERDICT_UNCLEAR;
	snprintf(ret->answer, sizeof(ret->answer), "%s", got);
}

int limit_trial_run(const struct limit_trial *trial, struct probe_start *start,
	struct selftest_row *ret, struct failure *f)
{
	struct config config = *start->config;
	struct probe_start own = *start;
	own_mem char *text = NULL;
	struct sandbox_end end;

	trial->set(&config.limits);
	own.config = &config;
	own.words = trial->words;
	*ret = (struct selftest_row){ .wall = trial->wall };
	snprintf(ret->tried, sizeof(ret->tried), "%s", trial->tried);
	snprintf(ret->reason, sizeof(ret->reason), "%s", trial->reason);
	snprintf(ret->outside, sizeof(ret->outside), "-");
	if (probe_inside(&own, &text, &end, f) < 0)
		return -1;
	judge(trial, text, &end, ret);
	return 0;
}
