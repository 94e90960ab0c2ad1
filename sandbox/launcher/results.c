#include "sandbox/launcher/results.h"

#include "sandbox/artifact/artifact_take.h"
#include "sandbox/launcher/announce.h"

#include <string.h>

static bool build_was_well(const struct outcome *o)
{
	return o->cause == CAUSE_EXITED && o->exit_code == 0;
}

static bool are_wanted(const struct launch *l)
{
	const struct outcome *o = l->reporter.outcome;

	if (l->artifacts.rows_n == 0 || o->phase_ms[PHASE_BUILD] < 0)
		return false; /* there was no build */
	if (l->artifacts.on == KEEP_ALWAYS)
		return true;
	return build_was_well(o) == (l->artifacts.on == KEEP_ON_SUCCESS);
}

/* The build was well, and the run is not. */
static void conclude_failure(const struct artifact_job *job, struct outcome *o)
{
	o->cause = job->absent                ? CAUSE_ARTIFACT_MISSING
		   : job->refused             ? CAUSE_ARTIFACT_REFUSED
		   : job->interrupted_by != 0 ? CAUSE_INTERRUPTED
					      : CAUSE_ARTIFACT_FAILED;
	o->exit_code = job->interrupted_by != 0 ? 128 + job->interrupted_by : 125;
}

static int take(struct launch *l, struct artifact_job *job, struct failure *f)
{
	if (!l->ending.keeper_ended || l->ends.work_fd < 0 || l->ends.user_fd < 0)
		return fail(f, 0, "the sandbox is not known to be dead");
	return artifact_take(job, f);
}

int results_take(struct launch *l, struct failure *f)
{
	struct outcome *o = l->reporter.outcome;
	struct artifact_job job = {
		.plan = &l->artifacts,
		.run_id = o->id,
		.work_fd = l->ends.work_fd,
		.user_fd = l->ends.user_fd,
		.signals_fd = l->signals_fd,
		.log = &o->artifacts,
		.results = { { l->report_dir_fd, l->config->report },
			{ l->statement.dir_fd, l->config->provenance } },
	};
	struct failure failure = { 0 };
	char text[FAILURE_TEXT];
	int result;

	if (!are_wanted(l))
		return 0;
	result = take(l, &job, &failure);
	for (size_t i = 0; i < o->artifacts.n; i++)
		announce_artifact(&l->events, &o->artifacts.rows[i]);
	if (result == 0)
		return 0;
	fail_step(&failure, "launcher: take the artifacts");
	if (o->failed) { /* why it ended is the run's error */
		progress_error(
			l->reporter.progress, "no artifacts: %s", failure_text(&failure, text));
		return 0;
	}
	if (build_was_well(o))
		conclude_failure(&job, o);
	o->failed = true;
	o->error = *f = failure;
	return -1;
}
