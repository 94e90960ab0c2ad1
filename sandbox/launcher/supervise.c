#include "sandbox/launcher/supervise.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/build_order.h"
#include "sandbox/launcher/hold.h"
#include "sandbox/launcher/step_cause.h"
#include "sandbox/limits/slice.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define RECORDS_A_TURN 64

enum awaited {
	ON_SIGNALS,
	ON_KEEPER,
	ON_SOCKET,
	ON_RECORDS,
	ON_DOCKER,
	ON_EGRESS,
	ON_DOOR,
	ON_ENTERED,
	ON_SHELL,
	ON_STREAMS,
	ON_COUNT = ON_STREAMS + STREAMS_POLLS
};

/* ---- orders ---- */

/* A keeper that has failed meanwhile is not a failure of ours: why it did lies in the socket. */
static int order_send(struct watch *w, const struct message *order, struct failure *f)
{
	if (message_send(w->run->ends->socket, order, NULL, f) == 0)
		return 0;
	return f->errnum == EPIPE || f->errnum == ECONNRESET ? 0 : -1;
}

static int order_build(struct watch *w, struct failure *f)
{
	const struct supervised *run = w->run;
	const struct build_terms terms = {
		.config = run->config,
		.plan = run->plan,
		.cgroup = run->cgroup,
		.outcome = run->reporter->outcome,
		.request = w->records.request,
	};
	struct message order;

	w->build_waits = !docker_can_serve(run->docker) || !egress_can_serve(run->egress);
	if (w->build_waits)
		return 0;
	if (build_order_make(&terms, &order, f) < 0)
		return -1;
	if (terms.request != NULL && (terms.request->present & REPO_NET) != 0 &&
		egress_narrow(run->egress, terms.request->net, f) < 0)
		return fail_step(f, "launcher: narrow the network");
	order.build.buildkit = run->docker->buildkit;
	order.build.end_at_ms = watch_keeper_end(w);
	/* Only now: with the limits as they have become. */
	if (docker_serve(run->docker, run->state->dir_fd, f) < 0)
		return -1;
	return order_send(w, &order, f);
}

/* The first order is sent before the keeper is ready for it: it finds it waiting. */
static int order_first(struct watch *w, struct failure *f)
{
	const struct message order = { .type = MESSAGE_FETCH };

	return w->run->plan->source.kind == SOURCE_NONE ? order_build(w, f)
							: order_send(w, &order, f);
}

/* ---- the keeper's messages ---- */

static int on_ready(struct watch *w, struct packet_fds *fds, struct failure *f)
{
	const struct supervised *run = w->run;
	const struct plan *plan = run->plan;
	size_t n = 0;

	run->ends->work_fd = own_fd_give(&fds->at[n++]);
	run->streams->master_fd = plan->tty ? own_fd_give(&fds->at[n++]) : -1;
	run->docker->listener_fd = plan->docker ? own_fd_give(&fds->at[n++]) : -1;
	run->ends->user_fd = plan->artifacts ? own_fd_give(&fds->at[n++]) : -1;
	if (run->ends->work_fd < 0 || (plan->artifacts && run->ends->user_fd < 0) ||
		(plan->tty && run->streams->master_fd < 0) ||
		(plan->docker && run->docker->listener_fd < 0))
		return fail(f, 0, "the keeper is ready without its descriptors");
	root_store_share(&plan->store);
	watch_sample_disk(w);
	if (plan->source.kind != SOURCE_NONE)
		watch_enter(w, STAGE_FETCH);
	return 0;
}

/* The build is not waited with for it. */
static void keep_source(struct watch *w, const struct packet_fds *fds)
{
	const struct supervised *run = w->run;
	const struct kept_source_news news = {
		.mirror = w->records.mirrored ? &w->records.mirror : NULL,
		.mirror_fd = fds->n > 0 ? fds->at[0] : -1,
		.user_fd = run->ends->user_fd,
		.signals_fd = run->signals_fd,
	};

	kept_source_start(run->config, run->plan, run->kept, &news, run->reporter);
}

static int on_fetched(struct watch *w, int status, struct packet_fds *fds, struct failure *f)
{
	/* What was sent before the fetcher ended is there by now. */
	records_take(&w->records, &w->run->ends->records, UINT_MAX);
	watch_sample_disk(w);
	progress_clear(w->run->reporter->progress);
	if (records_judge(&w->records, status, f) < 0)
		return -1;
	w->ending->fetched = true;
	keep_source(w, fds);
	return order_build(w, f);
}

/* The walls that keeper and builder proved, joined with the launcher's own. */
static int on_built(struct watch *w, struct failure *f)
{
	const struct supervised *run = w->run;
	const struct config *config = w->run->config;
	const struct wall_report *proved = w->run->ends->page->walls;
	struct wall_report *walls = w->run->reporter->outcome->walls;

	for (int i = 0; i < WALL_COUNT; i++)
		if (proved[i].state != WALL_ABSENT || proved[i].detail[0] != '\0') {
			walls[i] = proved[i];
			walls[i].detail[sizeof(walls[i].detail) - 1] = '\0';
		}
	if (config->limits.timeout_s != LIMIT_NONE)
		wall_set(walls, WALL_TIME_LIMIT, WALL_ENFORCED,
			"%" PRIu64 " s, then TERM, then KILL", config->limits.timeout_s);
	if (config->limits.output_limit_bytes != LIMIT_NONE)
		wall_set(walls, WALL_OUTPUT_LIMIT, WALL_ENFORCED, "%llu bytes",
			(unsigned long long)config->limits.output_limit_bytes);
	announce_walls(w->run->reporter->events, walls);
	for (int i = 0; i < WALL_COUNT; i++)
		progress_detail(w->run->reporter->progress, "wall %s: %s%s%s", wall_infos[i].name,
			wall_state_name(walls[i].state), walls[i].detail[0] != '\0' ? ", " : "",
			walls[i].detail);
	watch_enter(w, STAGE_BUILD);
	return run->plan->door
		       ? door_open(run->door, run->state->dir_fd, run->reporter->outcome->id, f)
		       : 0;
}

/* Behind a front we are always orphaned, where SIGTSTP does nothing, and it is the front that
 * does to its job what the terminal would. */
static void stop_ourselves(const struct supervised *run)
{
	if (run->was_root)
		kill(getpid(), SIGSTOP);
	else
		terminal_stop_job(run->streams->terminal_used);
}

static void suspend(struct watch *w, bool builder_stopped)
{
	struct streams *streams = w->run->streams;
	uint64_t began = clock_now_ms();

	if (!builder_stopped)
		watch_signal_builder(w, SIGSTOP);
	streams_restore(streams);
	progress_clear(w->run->reporter->progress);
	stop_ourselves(w->run);
	/* Here the shell has said `fg` or `bg`. */
	*(builder_stopped ? &w->timing.stopped_ms : &w->timing.paused_ms) += clock_now_ms() - began;
	streams_make_raw(streams);
	streams_resize(streams);
	watch_signal_builder(w, SIGCONT);
}

static void on_exited(struct watch *w, int status)
{
	w->ending->builder_ended = true;
	w->ending->builder_status = status;
	announce_built(w->run->reporter->events, status);
	watch_sample_disk(w);
	if (w->run->plan->hold)
		hold_begin(w);
}

static int on_failed(struct watch *w, const struct message *message, struct failure *f)
{
	w->ending->exit_code = message->status;
	*f = message->failure;
	step_cause_explain(f);
	/* It was there when the run was planned. */
	if (strcmp(f->step, "keeper: take in for the fetcher") == 0)
		w->ending->source_failed = true;
	if (message->status == KEEPER_TIME_IS_OVER) {
		watch_time_is_over(w); /* it was over while we were stopped */
		return 0;
	}
	w->ending->fetched |= w->records.done;
	return -1;
}

/* What is due depends on the stage (message.h has the picture). */
static int on_due(
	struct watch *w, const struct message *message, struct packet_fds *fds, struct failure *f)
{
	enum stage stage = w->ending->stage;

	if (message->type == MESSAGE_FETCHED && stage == STAGE_FETCH)
		return on_fetched(w, message->status, fds, f);
	if (message->type == MESSAGE_FAILED)
		return on_failed(w, message, f);
	if (message->type == MESSAGE_BUILT && stage != STAGE_BUILD)
		return on_built(w, f);
	if (message->type == MESSAGE_STOPPED && stage == STAGE_BUILD)
		suspend(w, true);
	else if (message->type == MESSAGE_EXITED && stage == STAGE_BUILD)
		on_exited(w, message->status);
	else
		return fail(f, 0, "message %u was not due", message->type);
	return 0;
}

static int on_message(struct watch *w, struct failure *f)
{
	struct ends *ends = w->run->ends;
	struct message message;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	int got = message_receive(ends->socket, &message, &fds, f);

	if (got <= 0) {
		own_fd_end(&ends->socket);
		return got; /* its end is seen by the pidfd */
	}
	if (message.type == MESSAGE_READY && w->ending->stage == STAGE_PREPARE && ends->work_fd < 0)
		return on_ready(w, &fds, f);
	if (message.type == MESSAGE_CACHE && w->ending->stage == STAGE_PREPARE && ends->work_fd < 0)
		return kept_cache_pass(w->run->caches, (size_t)message.status, &fds, f);
	if (message.type == MESSAGE_OUTLETS && !watch_is_building(w))
		return egress_pass(w->run->egress, (size_t)message.status, &fds, f);
	return on_due(w, &message, &fds, f);
}

/* ---- signals ---- */

/* One of those that end a program. The builder may clean up, or refuse: as without us. */
static void interrupt(struct watch *w, int number)
{
	if (w->ending->stage == STAGE_HOLD) { /* the build has ended as it has */
		watch_release(w);
		if (w->ending->keeper_ended)
			w->timing.kill_at_ms = clock_now_ms();
		return;
	}
	w->ending->interrupted_by = number;
	if (!watch_is_building(w)) {
		watch_stop(w, CAUSE_INTERRUPTED, "supervise: signal", "nothing was built",
			"interrupted before the build");
	} else if (!w->ending->keeper_ended) {
		watch_signal_builder(w, number);
	} else {
		watch_stop(w, CAUSE_INTERRUPTED, "supervise: signal", "read the output to its end",
			"interrupted before all output was read");
		w->timing.kill_at_ms = clock_now_ms();
	}
}

static void on_signal(struct watch *w, int number)
{
	announce_signal(w->run->reporter->events, number);
	switch (number) {
	case SIGWINCH:
		if (w->run->streams->terminal_used)
			streams_resize(w->run->streams);
		else
			watch_signal_builder(w, number);
		break;
	case SIGTSTP:
		suspend(w, false);
		break;
	case SIGCONT:
		streams_make_raw(w->run->streams);
		break;
	case SIGUSR1:
	case SIGUSR2:
		watch_signal_builder(w, number);
		break;
	default:
		interrupt(w, number);
		break;
	}
}

static void take_signals(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->run->signals_fd, &info, sizeof(info)) == sizeof(info))
		on_signal(w, (int)info.ssi_signo);
}

/* ---- the loop ---- */

static void cut_output(struct watch *w)
{
	char what[96];

	streams_cut(w->run->streams);
	snprintf(what, sizeof(what), "output cut after the limit of %llu bytes",
		(unsigned long long)w->run->config->limits.output_limit_bytes);
	watch_stop(w, CAUSE_OUTPUT_LIMIT, "supervise: output limit",
		"--output-limit SIZE gives more", what);
}

/* Also what was its last word: a build whose log is not whole is not a success. */
static void lose_output(struct watch *w, const struct streams_news *news)
{
	char what[96];

	snprintf(what, sizeof(what), "output of the command is lost: write it to %s: %s",
		news->lost_where, strerror(news->lost));
	watch_stop(w, CAUSE_OUTPUT_LOST, "supervise: output",
		"make room where the output goes, or send it elsewhere", what);
}

static void pump_streams(struct watch *w, const struct pollfd polls[STREAMS_POLLS])
{
	struct streams_news news =
		streams_pump(w->run->streams, polls, w->run->config->limits.output_limit_bytes);

	if (news.came)
		w->timing.last_output_ms = clock_now_ms();
	if (news.over)
		cut_output(w);
	if (news.lost != 0)
		lose_output(w, &news);
}

static int on_keeper_end(struct watch *w, struct failure *f)
{
	struct ending *ending = w->ending;
	int status = 0;

	while (wait4(w->run->keeper, &status, 0, &ending->rusage) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for the keeper");
	ending->keeper_ended = true;
	/* A run that was to end waits no longer for its readers than for its builder. */
	w->timing.kill_at_ms = ending->stopped || ending->interrupted_by != 0
				       ? clock_now_ms() + WATCH_GRACE_MS
				       : 0;
	/* Nobody is left to read or write but what the pipes still hold. */
	streams_end_input(w->run->streams);
	if (ending->builder_ended || ending->stopped)
		return 0;
	fail(f, 0,
		WIFSIGNALED(status) ? "the keeper was ended by signal %d"
				    : "the keeper ended with status %d",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		fail_remedy(f, "somebody on this host killed it: the kernel where memory ran out "
			       "(dmesg says so), or who may signal you");
	return fail_step(f, "supervise");
}

static void poll_set(struct watch *w, struct pollfd polls[ON_COUNT])
{
	const struct supervised *run = w->run;
	const int fds[] = {
		[ON_SIGNALS] = run->signals_fd,
		[ON_KEEPER] = w->ending->keeper_ended ? -1 : run->pidfd,
		[ON_SOCKET] = run->ends->socket,
		[ON_RECORDS] = run->ends->records,
		[ON_DOCKER] = docker_poll_fd(run->docker),
		[ON_EGRESS] = egress_poll_fd(run->egress),
		[ON_DOOR] = run->door->listener_fd,
		[ON_ENTERED] = run->ends->door,
		[ON_SHELL] = w->shell_pidfd,
	};

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		polls[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	streams_poll(run->streams, &polls[ON_STREAMS]);
}

static int tell_joined(const struct supervised *run, struct failure *f)
{
	const struct message message = { .type = MESSAGE_JOINED };

	return message_send(run->ends->socket, &message, NULL, f);
}

static void count_entered(struct watch *w)
{
	const struct supervised *run = w->run;

	for (unsigned n = door_entered(&run->ends->door); n > 0; n--) {
		run->reporter->outcome->entered++;
		announce_entered(run->reporter->events);
	}
}

/* Whatever has come, in an order in which nothing hides the reason of what follows. */
static int take(struct watch *w, const struct pollfd polls[ON_COUNT], struct failure *f)
{
	const struct supervised *run = w->run;

	if (polls[ON_SIGNALS].revents != 0)
		take_signals(w);
	if (polls[ON_RECORDS].revents != 0)
		records_take(&w->records, &run->ends->records, RECORDS_A_TURN);
	if (polls[ON_DOCKER].revents != 0 && docker_take(run->docker, watch_is_building(w), f) < 0)
		return -1;
	if (polls[ON_EGRESS].revents != 0 && egress_take(run->egress, watch_is_building(w), f) < 0)
		return -1;
	if (egress_take_joined(run->egress) && tell_joined(run, f) < 0)
		return -1;
	if (polls[ON_DOOR].revents != 0)
		door_take(run->door, run->ends->door);
	if (polls[ON_ENTERED].revents != 0)
		count_entered(w);
	if (polls[ON_SHELL].revents != 0)
		hold_shell_ended(w);
	/* Its messages before its end, or the end would hide them. */
	if (polls[ON_SOCKET].revents != 0 && on_message(w, f) < 0)
		return -1;
	if (w->build_waits && order_build(w, f) < 0)
		return -1;
	if (watch_is_building(w) && !streams_started(run->streams) &&
		streams_start(run->streams, run->ends->stdio, run->plan, f) < 0)
		return -1;
	pump_streams(w, &polls[ON_STREAMS]);
	return polls[ON_KEEPER].revents != 0 && polls[ON_SOCKET].revents == 0 ? on_keeper_end(w, f)
									      : 0;
}

static int turn(struct watch *w, struct failure *f)
{
	struct pollfd polls[ON_COUNT];
	uint64_t now;

	poll_set(w, polls);
	if (poll(polls, ON_COUNT, watch_poll_ms(w)) < 0 && errno != EINTR)
		return fail(f, errno, "wait for the sandbox");
	if (take(w, polls, f) < 0)
		return -1;
	if (w->ending->keeper_ended)
		return 0;
	watch_the_clock(w);
	now = clock_now_ms();
	if (docker_watch_the_clock(w->run->docker, now, w->timing.paused_ms, f) < 0 ||
		egress_watch_the_clock(w->run->egress, now, w->timing.paused_ms, f) < 0)
		return -1;
	if (now >= w->timing.sample_at_ms)
		watch_sample_disk(w);
	return 0;
}

static int watch(struct watch *w, struct failure *f)
{
	if (order_first(w, f) < 0)
		return -1;
	while (!w->ending->keeper_ended || !streams_done(w->run->streams)) {
		if (turn(w, f) < 0)
			return -1;
		if (w->ending->keeper_ended && timing_kill_is_due(&w->timing, clock_now_ms()))
			break; /* nobody reads our output */
	}
	watch_enter(w, STAGE_ENDED);
	if (!w->ending->stopped)
		return 0;
	*f = w->failure;
	return -1;
}

/* It failed with something still in the pipes: the command's last words say more of that than
 * we could. */
static void save_last_words(struct watch *w)
{
	struct streams *streams = w->run->streams;
	uint64_t end = clock_now_ms() + WATCH_GRACE_MS, now;
	struct pollfd polls[STREAMS_POLLS];

	watch_kill(w->run->pidfd, w->run->cgroup); /* who could still write */
	streams_end_input(streams);
	while (!streams_done(streams) && (now = clock_now_ms()) < end) {
		streams_poll(streams, polls);
		if (poll(polls, STREAMS_POLLS, timing_poll_ms(now, end)) < 0 && errno != EINTR)
			return;
		pump_streams(w, polls);
	}
}

int supervise(const struct supervised *run, struct ending *ret, struct failure *f)
{
	struct watch w = {
		.run = run,
		.ending = ret,
		.timing = { .started_ms = run->started_ms },
		.stage_ms = run->started_ms,
		.records = { .reporter = run->reporter, .plain = run->config->copy },
		.shell_pidfd = -1,
	};
	struct failure unsaid;
	int result = slice_short(f) < 0 ? -1 : watch(&w, f);

	slice_usual(&unsaid);  /* who is started from now on has time */
	watch_count_stage(&w); /* the one that failed has taken its time as well */
	if (result < 0)
		save_last_words(&w);
	hold_end(&w);
	count_entered(&w);
	run->reporter->outcome->output_bytes = streams_bytes(run->streams);
	records_release(&w.records);
	return result;
}
