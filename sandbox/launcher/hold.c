#include "sandbox/launcher/hold.h"

#include "sandbox/base/clock.h"

#include <inttypes.h>
#include <sys/wait.h>

static bool is_wanted(const struct ending *ending)
{
	return ending->builder_status != 0 && !ending->stopped && ending->interrupted_by == 0;
}

static void say(const struct watch *w, uint64_t seconds)
{
	int status = w->ending->builder_status;

	progress_warn(w->run->reporter->progress,
		"the command %s %d; its sandbox is kept for %" PRIu64
		" s: cofferdam shell --attach %s",
		WIFSIGNALED(status) ? "was ended by signal" : "failed with exit code",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), seconds,
		w->run->reporter->outcome->id);
}

void hold_begin(struct watch *w)
{
	const struct supervised *run = w->run;
	uint64_t now = clock_now_ms();
	struct cgroup_usage usage;

	if (!is_wanted(w->ending)) {
		watch_release(w);
		return;
	}
	cgroup_usage(run->cgroup, &usage);
	w->ending->held = true;
	w->ending->oom_kills = usage.oom_kills;
	watch_enter(w, STAGE_HOLD);
	w->timing.last_output_ms = 0; /* nobody is expected to write */
	w->hold_until_ms = timing_earlier(
		now + run->config->keep_on_failure_s * 1000, timing_limit(&w->timing, run->config));
	streams_let_go(run->streams);
	say(w, (w->hold_until_ms - now) / 1000);
}
