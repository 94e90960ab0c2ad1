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

/* The log is rotated: its names are taken, and it itself is open. */
static void own_files(const struct launch *l, struct artifact_result ret[ARTIFACT_RESULTS])
{
	const struct artifact_result own[ARTIFACT_RESULTS] = {
		{ l->report_dir_fd, l->config->report, -1 },
		{ l->statement.dir_fd, l->config->provenance, -1 },
		{ l->log.dir_fd, l->config->log, l->log.fd },
		{ -1, l->config->events, l->events.fd },
	};

	memcpy(ret, own, sizeof(own));
}

int results_plan(const struct launch *l, struct failure *f)
{
	struct artifact_result own[ARTIFACT_RESULTS];

	own_files(l, own);
	for (size_t i = 0; i < l->artifacts.rows_n; i++) {
		const struct artifact_row *row = &l->artifacts.rows[i];
		const char *name, *met;

		if (row->to_stdout ||
			(row->name[0] == '\0' && !artifact_glob_is_literal(&row->glob)))
			continue; /* what a pattern finds is looked at when it is there */
		name = row->name[0] != '\0' ? row->name : row->glob.parts[row->glob.parts_n - 1];
		met = artifact_result_met(
			own, ARTIFACT_RESULTS, l->artifacts.places[row->place].fd, name);
		if (met != NULL)
			return artifact_result_refuse(row->word, met, f);
	}
	return 0;
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
	};
	struct failure failure = { 0 };
	char text[FAILURE_TEXT];
	int result;

	if (!are_wanted(l))
		return 0;
	own_files(l, job.results);
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
