#include "sandbox/launcher/conclusion.h"

#include <signal.h>
#include <sys/wait.h>

#define EXIT_TIME 124

/* While it was alive: what ran there later is not why it ended. */
static bool was_oom_killed(const struct ending *ending, const struct outcome *o)
{
	uint64_t kills = ending->held ? ending->oom_kills : o->usage.oom_kills;

	return kills != UINT64_MAX && kills > 0;
}

/* We ended it. */
static void conclude_stop(const struct ending *ending, struct outcome *o)
{
	o->cause = ending->stop_cause;
	o->exit_code = o->cause == CAUSE_OUTPUT_LIMIT || o->cause == CAUSE_OUTPUT_LOST ? 125
		       : o->cause == CAUSE_INTERRUPTED ? 128 + ending->interrupted_by
						       : EXIT_TIME;
}

/* The builder ended by itself. */
static void conclude_end(const struct ending *ending, struct outcome *o)
{
	int status = ending->builder_status;

	if (WIFSIGNALED(status)) {
		o->signal = WTERMSIG(status);
		o->exit_code = 128 + o->signal;
		o->cause = CAUSE_SIGNALLED;
	} else {
		o->exit_code = WEXITSTATUS(status);
		o->cause = CAUSE_EXITED;
	}
	if (o->exit_code == 0)
		return;
	/* The builder failed: was it told to, or did it run into a limit? */
	if (ending->interrupted_by != 0)
		o->cause = CAUSE_INTERRUPTED;
	else if (was_oom_killed(ending, o))
		o->cause = CAUSE_OOM;
	else if (ending->disk_was_full)
		o->cause = CAUSE_DISK_FULL;
}

/* It came to no end of a builder's. */
static void conclude_failure(const struct ending *ending, bool by_docker, struct outcome *o)
{
	if (ending->keeper_ended && was_oom_killed(ending, o)) { /* it took the keeper along */
		o->cause = CAUSE_OOM;
		o->exit_code = 128 + SIGKILL;
		o->signal = SIGKILL;
		return;
	}
	o->cause = ending->source_failed ||
				   (ending->stage == STAGE_FETCH && !ending->fetched && !by_docker)
			   ? CAUSE_FETCH_FAILED
			   : CAUSE_SETUP_FAILED;
	o->exit_code = ending->exit_code != 0 ? ending->exit_code : 125;
}

void conclude(const struct ending *ending, const struct failure *failure, bool by_docker,
	struct outcome *outcome)
{
	if (ending->stopped)
		conclude_stop(ending, outcome);
	else if (failure == NULL)
		conclude_end(ending, outcome);
	else
		conclude_failure(ending, by_docker, outcome);
	outcome->failed = failure != NULL;
	if (failure != NULL)
		outcome->error = *failure;
}
