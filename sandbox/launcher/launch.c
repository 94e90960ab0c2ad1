#include "sandbox/launcher/launch.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/docker_end.h"
#include "sandbox/launcher/kept_image.h"
#include "sandbox/launcher/run_group.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void begin_outcome(const struct config *config, struct outcome *ret)
{
	*ret = (struct outcome){
		.requested = config->limits,
		.applied = config->limits,
		.docker = { .level = config->docker },
	};
	clock_gettime(CLOCK_REALTIME, &ret->started);
	for (int i = 0; i < PHASE_COUNT; i++)
		ret->phase_ms[i] = -1;
}

void launch_begin(
	struct launch *l, struct config *config, struct progress *progress, struct outcome *outcome)
{
	*l = (struct launch){
		.config = config,
		.events = { .fd = -1 },
		.reporter = { .outcome = outcome, .events = &l->events, .progress = progress },
		.fetch_exe_fd = -1,
		.streams = STREAMS_NONE,
		.log = OUTPUTLOG_NONE,
		.report_dir_fd = -1,
		.statement = { .dir_fd = -1 },
		.plan = { .fetch = { .exe_fd = -1, .credential_fd = -1 },
			.unpack = UNPACK_PLAN_NONE,
			.store = ROOT_STORE_BEGIN },
		.ends = ENDS_NONE,
		.door = DOOR_NONE,
		.signals_fd = -1,
		.pidfd = -1,
		.started_ms = clock_now_ms(),
	};
	kept_cache_begin(&l->caches);
	kept_source_begin(&l->kept);
	docker_begin(&l->docker, config, &l->identity, &l->reporter);
	egress_begin(&l->egress, config, &l->identity, &l->reporter);
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		l->cgroup.at[i].parent_fd = l->cgroup.at[i].fd = -1;
	begin_outcome(config, outcome);
	umask(022);               /* the caller's may keep us from our own files */
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error, not our end */
}

/* ---- the way back ---- */

static void reap_keeper(struct launch *l)
{
	if (l->keeper <= 0 || l->ending.keeper_ended)
		return;
	watch_kill(l->pidfd, &l->cgroup);
	while (wait4(l->keeper, NULL, 0, &l->ending.rusage) < 0 && errno == EINTR)
		;
	l->ending.keeper_ended = true;
}

static void remove_state(struct launch *l)
{
	bool removed;

	if (docker_finish(&l->docker, l->state.dir_fd)) { /* gc finds what is left by it */
		state_release(&l->state);
	} else if (l->state_made) {
		removed = state_remove(&l->state);
		reporter_teardown(
			&l->reporter, "state file", removed, removed ? "" : "could not be removed");
	}
}

void launch_stop(struct launch *l)
{
	struct outcome *o = l->reporter.outcome;

	l->stopped_us = clock_now_us();
	streams_restore(&l->streams);
	door_close(&l->door);
	reap_keeper(l);
	if (l->ends.page != NULL) {
		refused_calls_copy(&l->ends.page->refused, &o->calls);
		o->unheard = l->ends.page->unheard;
	}
	kept_image_tell(&l->plan, l->ends.page != NULL ? &l->ends.page->image : NULL, &l->reporter);
	egress_finish(&l->egress);
	run_group_count(&l->cgroup, l->ending.keeper_ended ? &l->ending.rusage : NULL, &o->usage);
}

void launch_teardown(struct launch *l)
{
	struct outcome *o = l->reporter.outcome;

	own_fd_end(&l->ends.work_fd); /* the last hold on the tmpfs */
	kept_image_end(l->config, &l->plan, &l->reporter);
	kept_source_end(l->config, &l->plan, &l->kept, &l->reporter);
	kept_cache_end(l->config, &l->plan, &l->caches, &l->reporter);
	run_group_remove(&l->cgroup, &l->reporter);
	remove_state(l);
	o->phase_ms[PHASE_TEARDOWN] = (double)(clock_now_us() - l->stopped_us) / 1e3;
	clock_gettime(CLOCK_REALTIME, &o->finished);
	o->wall_ms = clock_now_ms() - l->started_ms;
}

void launch_release(struct launch *l)
{
	struct outcome *o = l->reporter.outcome;

	own_fd_end(&l->fetch_exe_fd);
	own_fd_end(&l->report_dir_fd);
	own_fd_end(&l->statement.dir_fd);
	own_fd_end(&l->signals_fd);
	own_fd_end(&l->pidfd);
	ends_release(&l->ends);
	streams_release(&l->streams);
	events_release(&l->events);
	outputlog_release(&l->log);
	docker_release(&l->docker);
	egress_release(&l->egress);
	netlog_release(&o->net);
	dockerlog_release(&o->docker);
	artifactlog_release(&o->artifacts);
	submodulelog_release(&o->submodules);
	artifact_plan_release(&l->artifacts);
	o->source_url = o->source_ref = NULL; /* the plan's, which ends here */
	o->image_digest = NULL;
	o->command = NULL;
	plan_release(&l->plan);
}
