#include "sandbox/launcher/watch.h"

#include "sandbox/base/clock.h"
#include "sandbox/keeper/message.h"
#include "sandbox/launcher/announce.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEEPER_LATER_MS 500 /* we are first, where we run at all */
#define SAMPLE_MS       200 /* tmpfs keeps no peak of what was used */

/* ---- stages ---- */

static const enum phase phases[] = {
	[STAGE_PREPARE] = PHASE_PREPARE,
	[STAGE_FETCH] = PHASE_FETCH,
	[STAGE_BUILD] = PHASE_BUILD,
	[STAGE_HOLD] = PHASE_HOLD,
	[STAGE_ENDED] = PHASE_TEARDOWN,
};

void watch_count_stage(struct watch *w)
{
	uint64_t now = clock_now_ms();

	if (w->ending->stage == STAGE_ENDED)
		return; /* the teardown counts itself */
	w->run->reporter->outcome->phase_ms[phases[w->ending->stage]] = (double)(now - w->stage_ms);
	w->stage_ms = now;
}

void watch_enter(struct watch *w, enum stage stage)
{
	const char *name = phase_name(phases[stage]);
	const struct supervised *run = w->run;
	struct failure unsaid;

	watch_count_stage(w);
	w->ending->stage = stage;
	if (stage == STAGE_BUILD)
		w->timing.last_output_ms = w->stage_ms;
	if (stage < STAGE_ENDED)
		state_update(run->state, run->keeper, name, &unsaid);
	announce_phase(run->reporter->events, name);
	progress_detail(run->reporter->progress, "phase %s, after %" PRIu64 " ms", name,
		w->stage_ms - run->started_ms);
}

bool watch_is_building(const struct watch *w)
{
	return w->ending->stage == STAGE_BUILD || w->ending->stage == STAGE_HOLD;
}

/* ---- ending it ---- */

void watch_kill(int pidfd, const struct cgroup *cgroup)
{
	if (pidfd >= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	cgroup_kill(cgroup);
}

void watch_signal_builder(struct watch *w, int number)
{
	struct message message = { .type = MESSAGE_SIGNAL, .status = number };
	struct failure unsent; /* a keeper that is gone is seen by its pidfd */

	if (!watch_is_building(w))
		return; /* there is no builder, and the keeper waits for another message */
	message_send(w->run->ends->socket, &message, NULL, &unsent);
}

void watch_release(struct watch *w)
{
	const struct message message = { .type = MESSAGE_RELEASE };
	struct failure unsent; /* as above */

	message_send(w->run->ends->socket, &message, NULL, &unsent);
	w->hold_until_ms = TIMING_NEVER;
	w->timing.kill_at_ms = clock_now_ms() + WATCH_GRACE_MS;
}

/* How the build ended is known, and a limit that is met later is not why. Output of its that was
 * lost is. */
static bool ends_hold(struct watch *w, enum cause cause)
{
	if (w->ending->stage != STAGE_HOLD)
		return false;
	watch_release(w);
	return cause != CAUSE_OUTPUT_LOST;
}

void watch_stop(
	struct watch *w, enum cause cause, const char *step, const char *remedy, const char *what)
{
	if (w->ending->stopped || ends_hold(w, cause))
		return;
	w->ending->stopped = true;
	w->ending->stop_cause = cause;
	fail(&w->failure, 0, "%s", what);
	fail_remedy(&w->failure, "%s", remedy);
	fail_step(&w->failure, step);
	announce_limit(w->run->reporter->events, cause, what);
	if (!watch_is_building(w)) {
		watch_kill(w->run->pidfd, w->run->cgroup);
		return;
	}
	watch_signal_builder(w, SIGTERM);
	w->timing.kill_at_ms = clock_now_ms() + WATCH_GRACE_MS;
}

/* ---- time ---- */

int watch_poll_ms(const struct watch *w)
{
	const struct timing *t = &w->timing;
	uint64_t now = clock_now_ms(), next;

	if (w->ending->keeper_ended) /* only a reader of ours is awaited */
		return timing_poll_ms(now, t->kill_at_ms == 0 ? TIMING_NEVER : t->kill_at_ms);
	next = w->ending->stage == STAGE_HOLD ? w->hold_until_ms
					      : timing_earlier(timing_limit(t, w->run->config),
							timing_idle_limit(t, w->run->config));
	if (t->kill_at_ms != 0)
		next = timing_earlier(next, t->kill_at_ms);
	if (w->ending->stopped && t->kill_at_ms == 0)
		next = TIMING_NEVER;
	if (t->sample_at_ms != 0)
		next = timing_earlier(next, t->sample_at_ms);
	next = timing_earlier(next, docker_deadline(w->run->docker, t->paused_ms));
	return timing_poll_ms(
		now, timing_earlier(next, egress_deadline(w->run->egress, t->paused_ms)));
}

void watch_time_is_over(struct watch *w)
{
	char what[96];

	snprintf(what, sizeof(what),
		"the time limit of %" PRIu64 " s has passed (--timeout %" PRIu64 ")",
		w->run->config->limits.timeout_s, w->run->config->limits.timeout_s);
	watch_stop(w, CAUSE_TIMEOUT, "supervise: time limit", "--timeout TIME gives more", what);
}

void watch_the_clock(struct watch *w)
{
	const struct config *config = w->run->config;
	uint64_t now = clock_now_ms();
	char what[96];

	/* Output that our own reader does not take is not idleness of the builder. */
	if (streams_blocked(w->run->streams))
		w->timing.last_output_ms = now;
	if (w->ending->stage == STAGE_HOLD) {
		if (now >= w->hold_until_ms)
			watch_release(w);
	} else if (now >= timing_limit(&w->timing, config)) {
		watch_time_is_over(w);
	} else if (now >= timing_idle_limit(&w->timing, config)) {
		snprintf(what, sizeof(what),
			"no output for %" PRIu64 " s (--idle-timeout %" PRIu64 ")",
			config->limits.idle_timeout_s, config->limits.idle_timeout_s);
		watch_stop(w, CAUSE_IDLE_TIMEOUT, "supervise: idle time limit",
			"--idle-timeout TIME gives more", what);
	}
	if (timing_kill_is_due(&w->timing, now)) {
		w->timing.kill_at_ms = 0;
		watch_kill(w->run->pidfd, w->run->cgroup);
	}
}

uint64_t watch_keeper_end(const struct watch *w)
{
	uint64_t limit = timing_limit(&w->timing, w->run->config);

	return limit == TIMING_NEVER ? 0 : limit + WATCH_GRACE_MS + KEEPER_LATER_MS;
}

void watch_sample_disk(struct watch *w)
{
	struct outcome *outcome = w->run->reporter->outcome;
	struct statfs fs;
	uint64_t used;

	if (w->run->ends->work_fd < 0 || fstatfs(w->run->ends->work_fd, &fs) < 0)
		return;
	w->timing.sample_at_ms = clock_now_ms() + SAMPLE_MS;
	used = (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	if (used > outcome->app_peak_bytes)
		outcome->app_peak_bytes = used;
	if (w->ending->held)
		return; /* what fills it now is not the build */
	if (fs.f_bfree == 0 || fs.f_ffree == 0)
		w->ending->disk_was_full = true;
	if (fs.f_ffree == 0 && fs.f_bfree != 0)
		w->ending->inodes_were_full = true;
}
