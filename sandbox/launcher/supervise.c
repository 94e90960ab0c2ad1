/* The launcher's loop, from the clone of the keeper to the last byte of output.
 *
 * One poll(2) over signals, the keeper's end, its messages, the fetcher's records and
 * the builder's stdio. Nothing in it blocks. */
#include "sandbox/base/clock.h"
#include "sandbox/launcher/launcher.h"

#include "sandbox/base/own.h"
#include "sandbox/launcher/announce.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#define GRACE_MS       5000 /* between TERM and KILL */
#define RECORDS_A_TURN 64
#define SAMPLE_MS      200 /* tmpfs keeps no peak of what was used */

enum watched {
	ON_SIGNALS,
	ON_KEEPER,
	ON_SOCKET,
	ON_RECORDS,
	ON_DOCKER,
	ON_STDIO,
	ON_COUNT = ON_STDIO + 2 * RELAYS
};

/* ---- stages and time ---- */

static void stage_enter(struct launch *l, enum stage stage)
{
	static const enum phase phases[] = {
		[STAGE_PREPARE] = PHASE_PREPARE,
		[STAGE_FETCH] = PHASE_FETCH,
		[STAGE_BUILD] = PHASE_BUILD,
	};
	static const char *const names[] = { "prepare", "fetch", "build", "teardown" };
	uint64_t now = clock_now_ms();
	struct failure unsaid;

	l->outcome->phase_ms[phases[l->stage]] = (double)(now - l->stage_ms);
	l->stage_ms = now;
	l->stage = stage;
	if (stage == STAGE_BUILD)
		l->last_output_ms = now;
	if (stage < STAGE_ENDED && l->state_made)
		state_update(&l->state, l->keeper, names[stage], &unsaid);
	announce_phase(l, names[stage]);
}

/* The user's own pauses count for no limit. */
static uint64_t deadline(const struct launch *l, uint64_t from, uint32_t seconds)
{
	return seconds == 0 ? UINT64_MAX : from + (uint64_t)seconds * 1000 + l->paused_ms;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int poll_timeout(const struct launch *l)
{
	uint64_t now = clock_now_ms(), next;

	if (l->keeper_ended) /* only a reader of ours is awaited */
		return l->kill_at_ms == 0     ? -1
		       : l->kill_at_ms <= now ? 0
					      : (int)(l->kill_at_ms - now);
	next = deadline(l, l->started_ms, l->config->timeout_s);
	if (l->stage == STAGE_BUILD)
		next = earlier(next, deadline(l, l->last_output_ms, l->config->idle_timeout_s));
	if (l->kill_at_ms != 0)
		next = earlier(next, l->kill_at_ms);
	if (l->stopping && l->kill_at_ms == 0)
		next = UINT64_MAX;
	if (l->work_fd >= 0)
		next = earlier(next, l->sample_at_ms);
	next = earlier(next, docker_deadline(l));
	return next == UINT64_MAX ? -1 : next <= now ? 0 : (int)earlier(next - now, 1000 * 1000);
}

/* ---- ending it ---- */

static void signal_builder(struct launch *l, int number)
{
	struct message message = { .type = MESSAGE_SIGNAL, .status = number };
	struct failure unsent; /* a keeper that is gone is seen by its pidfd */

	if (l->stage != STAGE_BUILD)
		return; /* there is no builder, and the keeper waits for another message */
	message_send(l->socket, &message, NULL, &unsent);
}

/* The run is to end for a reason of ours; while something is being set up or fetched,
 * at once. */
static void stop(
	struct launch *l, enum cause cause, const char *step, const char *remedy, const char *what)
{
	if (l->stopping)
		return;
	l->stopping = true;
	l->stop_cause = cause;
	fail(&l->failure, 0, "%s", what);
	fail_remedy(&l->failure, "%s", remedy);
	fail_step(&l->failure, step);
	announce_limit(l, cause, what);
	if (l->stage != STAGE_BUILD) {
		launcher_kill(l);
		return;
	}
	signal_builder(l, SIGTERM);
	l->kill_at_ms = clock_now_ms() + GRACE_MS;
}

/* Output that our own reader does not take is no idleness of the builder. */
static bool output_waits(const struct launch *l)
{
	for (int i = RELAY_OUT; i < RELAYS && l->relays != NULL; i++)
		if (l->relays[i].have > 0)
			return true;
	return false;
}

static void watch_the_clock(struct launch *l)
{
	uint64_t now = clock_now_ms();
	char what[96];

	if (output_waits(l))
		l->last_output_ms = now;
	if (now >= deadline(l, l->started_ms, l->config->timeout_s)) {
		snprintf(what, sizeof(what), "the time limit of %u s has passed",
			l->config->timeout_s);
		stop(l, CAUSE_TIMEOUT, "supervise: time limit", "--timeout SECONDS gives more",
			what);
	} else if (l->stage == STAGE_BUILD &&
		   now >= deadline(l, l->last_output_ms, l->config->idle_timeout_s)) {
		snprintf(what, sizeof(what), "no output for %u s", l->config->idle_timeout_s);
		stop(l, CAUSE_IDLE_TIMEOUT, "supervise: idle time limit",
			"--idle-timeout SECONDS gives more", what);
	}
	if (l->kill_at_ms != 0 && now >= l->kill_at_ms) {
		l->kill_at_ms = 0;
		launcher_kill(l);
	}
}

/* ---- the work space ---- */

static void sample_disk(struct launch *l)
{
	struct statfs fs;
	uint64_t used;

	if (l->work_fd < 0 || fstatfs(l->work_fd, &fs) < 0)
		return;
	l->sample_at_ms = clock_now_ms() + SAMPLE_MS;
	used = (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	if (used > l->outcome->app_peak_bytes)
		l->outcome->app_peak_bytes = used;
	if (fs.f_bfree == 0 || fs.f_ffree == 0)
		l->disk_was_full = true;
}

/* ---- the fetcher's records ---- */

/* A record comes from a process that parsed a stranger's bytes: every text is ended
 * here, and made printable where it is used. */
static void record_end_texts(struct fetch_record *r)
{
	switch (r->type) {
	case FETCH_FAILED:
		r->failure.step[sizeof(r->failure.step) - 1] = '\0';
		r->failure.what[sizeof(r->failure.what) - 1] = '\0';
		r->failure.remedy[sizeof(r->failure.remedy) - 1] = '\0';
		failure_sanitize(r->failure.step);
		failure_sanitize(r->failure.what);
		failure_sanitize(r->failure.remedy);
		break;
	case FETCH_CONFINED:
		r->text[sizeof(r->text) - 1] = '\0';
		failure_sanitize(r->text);
		break;
	case FETCH_DONE:
		r->done_at.commit[sizeof(r->done_at.commit) - 1] = '\0';
		r->done_at.ref[sizeof(r->done_at.ref) - 1] = '\0';
		failure_sanitize(r->done_at.ref);
		break;
	default:
		break;
	}
}

static void record_done(struct launch *l, const struct fetch_record *r)
{
	size_t n = strspn(r->done_at.commit, "0123456789abcdef");

	if ((n != 40 && n != 64) || r->done_at.commit[n] != '\0')
		return; /* it says "done" and names no commit: the build is not begun */
	memcpy(l->outcome->commit, r->done_at.commit, n + 1);
	l->fetch_done = true;
	announce_fetched(l, r->done_at.ref);
}

static void record_progress(struct launch *l, const struct fetch_record *r)
{
	static const char *const stages[] = { "objects", "deltas", "checkout" };

	uint64_t second = clock_now_ms() / 1000;

	if (second != l->progress_second)
		l->progress_count = 0;
	l->progress_second = second;
	/* Ours sends twenty a second; what floods is not ours, and fills nobody's disk. */
	if (r->stage >= ARRAY_LEN(stages) || ++l->progress_count > 100)
		return;
	progress_fetch(l->progress, r, clock_now_ms());
	announce_progress(l, stages[r->stage], r);
}

static void record_take(struct launch *l, struct fetch_record *r)
{
	record_end_texts(r);
	switch (r->type) {
	case FETCH_PROGRESS:
		record_progress(l, r);
		break;
	case FETCH_CONFINED:
		progress_detail(l->progress, "fetcher confined: %s", r->text);
		break;
	case FETCH_REQUEST:
		if (l->request == NULL && (l->request = malloc(sizeof(*l->request))) != NULL)
			*l->request = r->request;
		break;
	case FETCH_DONE:
		record_done(l, r);
		break;
	case FETCH_FAILED:
		l->failure = r->failure;
		l->refused = true;
		break;
	default: /* not a type: whoever sends this is not our fetcher any more */
		fail(&l->failure, 0, "the fetcher sent a record of type %u", r->type);
		l->refused = true;
		break;
	}
}

/* At most so many at once: a fetcher that sends without end must not keep the loop from its
 * clock and its signals. */
static void take_records(struct launch *l, unsigned most)
{
	struct fetch_record record;

	while (l->records >= 0 && most-- > 0) {
		struct failure f;
		int got =
			packet_receive(l->records, &record, sizeof(record), NULL, MSG_DONTWAIT, &f);

		if (got > 0) {
			record_take(l, &record);
		} else if (got < 0 && f.errnum == EAGAIN) {
			return;
		} else {
			if (got < 0 && f.errnum == 0) {
				fail(&l->failure, 0, "the fetcher sent %s", f.what);
				l->refused = true;
			}
			own_fd_end(&l->records);
		}
	}
}

/* ---- the keeper's messages ---- */

/* A keeper that has failed meanwhile is no failure of ours: why it did lies in the socket. */
static int order_send(struct launch *l, const struct message *message, struct failure *f)
{
	if (message_send(l->socket, message, NULL, f) == 0)
		return 0;
	return f->errnum == EPIPE || f->errnum == ECONNRESET ? 0 : -1;
}

static int order_build(struct launch *l, struct failure *f)
{
	struct message message = { .type = MESSAGE_BUILD };
	const struct repo_request *r = l->request;

	if (!docker_can_serve(l)) {
		l->docker.build_waits = true;
		return 0;
	}
	l->docker.build_waits = false;
	message.build.buildkit = l->docker.buildkit;
	if (r != NULL) {
		if (config_tighten(l->config, r, f) < 0 || launcher_limit_again(l, f) < 0)
			return -1;
		/* Where no cgroup carries them, the builder's own limits shrink. */
		message.build.memory_bytes = l->config->memory_bytes;
		message.build.pids = l->config->pids;
		if ((r->present & (REPO_APP_SIZE | REPO_APP_INODES)) != 0) {
			message.build.app_size_bytes = l->config->app_size_bytes;
			message.build.app_inodes = l->config->app_inodes;
		}
		if (l->plan.argv == NULL && l->config->command.n > 0) {
			/* config_tighten() has checked the form of both. */
			message.build.words = r->words;
			message.build.length = r->command_length;
			memcpy(message.build.text, r->command, r->command_length);
		}
		l->outcome->command = l->config->command.v; /* tightening made the config anew */
		l->outcome->app_size_bytes = l->config->app_size_bytes;
		l->outcome->app_inodes = l->config->app_inodes;
		l->outcome->timeout_s = l->config->timeout_s;
		l->outcome->idle_timeout_s = l->config->idle_timeout_s;
		l->outcome->output_limit_bytes = l->config->output_limit_bytes;
	}
	if (l->plan.argv == NULL && message.build.words == 0) {
		fail(f, 0, "no command is given, and the repository names none");
		fail_remedy(
			f, "cofferdam run SOURCE -- COMMAND, or \"command\" in .cofferdam.json");
		return fail_step(f, "launcher: plan");
	}
	/* Only now: with the limits as they have become. */
	if (docker_serve(l, f) < 0)
		return -1;
	return order_send(l, &message, f);
}

/* The first order is sent before the keeper is ready for it: it finds it waiting. */
static int order_first(struct launch *l, struct failure *f)
{
	struct message message = { .type = MESSAGE_FETCH };

	if (l->plan.source.kind == SOURCE_NONE)
		return order_build(l, f);
	return order_send(l, &message, f);
}

static int on_ready(struct launch *l, struct packet_fds *fds, struct failure *f)
{
	size_t n = 0;

	l->work_fd = own_fd_give(&fds->at[n++]);
	l->master_fd = l->plan.tty ? own_fd_give(&fds->at[n++]) : -1;
	l->docker.listener_fd = l->plan.docker ? own_fd_give(&fds->at[n++]) : -1;
	if (l->work_fd < 0 || (l->plan.tty && l->master_fd < 0) ||
		(l->plan.docker && l->docker.listener_fd < 0))
		return fail(f, 0, "the keeper is ready without its descriptors");
	sample_disk(l);
	if (l->plan.source.kind != SOURCE_NONE)
		stage_enter(l, STAGE_FETCH);
	return 0;
}

static int on_fetched(struct launch *l, int status, struct failure *f)
{
	take_records(l, UINT_MAX); /* what was sent before the fetcher ended is there by now */
	sample_disk(l);
	progress_clear(l->progress);
	if (l->refused) {
		*f = l->failure;
		return fail_step(f, "fetch");
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !l->fetch_done) {
		if (WIFSIGNALED(status))
			fail(f, 0, "the fetcher was ended by signal %d (%s)", WTERMSIG(status),
				strsignal(WTERMSIG(status)));
		else
			fail(f, 0, "the fetcher ended with status %d and no result",
				WIFEXITED(status) ? WEXITSTATUS(status) : -1);
		fail_step(f, "fetch");
		return fail_remedy(f,
			WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
				? "it may have run into --memory: give more, or a smaller repository"
				: "the repository may be hostile, or this is a bug: report it");
	}
	return order_build(l, f);
}

/* The walls that keeper and builder proved, joined with the launcher's own. */
static void on_built(struct launch *l)
{
	struct wall_report *w = l->outcome->walls;

	for (int i = 0; i < WALL_COUNT; i++)
		if (l->walls[i].state != WALL_ABSENT || l->walls[i].detail[0] != '\0') {
			w[i] = l->walls[i];
			w[i].detail[sizeof(w[i].detail) - 1] = '\0';
		}
	if (l->config->timeout_s != 0)
		wall_set(w, WALL_TIME_LIMIT, WALL_ENFORCED, "%u s, then TERM, then KILL",
			l->config->timeout_s);
	if (l->config->output_limit_bytes != UINT64_MAX)
		wall_set(w, WALL_OUTPUT_LIMIT, WALL_ENFORCED, "%llu bytes",
			(unsigned long long)l->config->output_limit_bytes);
	announce_walls(l);
	stage_enter(l, STAGE_BUILD);
}

/* As the terminal would have it: SIGTSTP and not SIGSTOP, for a job that no shell could
 * continue is orphaned, and the kernel then does not stop it (setpgid(2)). Behind a front
 * we are always orphaned, and it is the front that asks the same of itself. */
static void stop_ourselves(const struct launch *l)
{
	sigset_t set;

	if (l->identity.was_root) {
		kill(getpid(), SIGSTOP);
		return;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(l->terminal_used ? 0 : getpid(), SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void suspend(struct launch *l, bool builder_stopped)
{
	uint64_t began = clock_now_ms();

	if (!builder_stopped)
		signal_builder(l, SIGSTOP);
	if (l->terminal_used)
		terminal_restore(&l->terminal);
	progress_clear(l->progress);
	stop_ourselves(l);
	/* Here the shell has said `fg` or `bg`. */
	l->paused_ms += clock_now_ms() - began;
	if (l->terminal_used) {
		terminal_make_raw(&l->terminal);
		terminal_resize(&l->terminal);
	}
	signal_builder(l, SIGCONT);
}

static int on_message(struct launch *l, struct failure *f)
{
	struct message message;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	int got = message_receive(l->socket, &message, &fds, f);

	if (got <= 0) {
		own_fd_end(&l->socket);
		return got; /* its end is seen by the pidfd */
	}
	if (message.type == MESSAGE_READY && l->stage == STAGE_PREPARE && l->work_fd < 0)
		return on_ready(l, &fds, f);
	if (message.type == MESSAGE_FETCHED && l->stage == STAGE_FETCH)
		return on_fetched(l, message.status, f);
	if (message.type == MESSAGE_BUILT && l->stage != STAGE_BUILD) {
		on_built(l);
		return 0;
	}
	if (message.type == MESSAGE_STOPPED && l->stage == STAGE_BUILD) {
		suspend(l, true);
		return 0;
	}
	if (message.type == MESSAGE_EXITED && l->stage == STAGE_BUILD) {
		l->builder_ended = true;
		l->builder_status = message.status;
		announce_built(l, message.status);
		sample_disk(l);
		return 0;
	}
	if (message.type == MESSAGE_FAILED) {
		l->failed_exit_code = message.status;
		*f = message.failure;
		launcher_explain(f);
		if (l->stage == STAGE_FETCH && l->fetch_done)
			stage_enter(l, STAGE_BUILD); /* the fetch is not what failed */
		return -1;
	}
	return fail(f, 0, "message %u was not due", message.type);
}

/* ---- signals ---- */

static void on_signal(struct launch *l, int number)
{
	announce_signal(l, number);
	switch (number) {
	case SIGWINCH:
		if (l->terminal_used)
			terminal_resize(&l->terminal);
		else
			signal_builder(l, number);
		return;
	case SIGTSTP:
		suspend(l, false);
		return;
	case SIGCONT:
		if (l->terminal_used)
			terminal_make_raw(&l->terminal);
		return;
	case SIGUSR1:
	case SIGUSR2:
		if (l->stage == STAGE_BUILD)
			signal_builder(l, number);
		return;
	default:
		break;
	}
	l->interrupted_by = number;
	if (l->stage != STAGE_BUILD) {
		stop(l, CAUSE_INTERRUPTED, "supervise: signal", "nothing was built",
			"interrupted before the build");
	} else if (!l->keeper_ended) {
		signal_builder(l, number); /* it may clean up, or refuse: as without us */
	} else {
		stop(l, CAUSE_INTERRUPTED, "supervise: signal", "read the output to its end",
			"interrupted before all output was read");
		l->kill_at_ms = clock_now_ms();
	}
}

static void take_signals(struct launch *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(l, (int)info.ssi_signo);
}

/* ---- stdio ---- */

/* What is a terminal outside goes through the builder's own, the rest through pipes. */
static int start_relays(struct launch *l, struct failure *f)
{
	static const int outputs[] = { [RELAY_OUT] = STDOUT_FILENO, [RELAY_ERR] = STDERR_FILENO };
	int in, out, screen;

	l->relays = calloc(RELAYS, sizeof(*l->relays));
	if (l->relays == NULL)
		return fail(f, ENOMEM, "make the relays");
	for (int i = 0; i < RELAYS; i++)
		l->relays[i].from = l->relays[i].to = -1;
	for (int i = RELAY_OUT; i <= RELAY_ERR; i++)
		if (l->stdio[i] >= 0)
			relay_output(&l->relays[i], own_fd_give(&l->stdio[i]), outputs[i],
				own_fd_give(&l->reopened[outputs[i]]));
	if (!l->plan.tty) {
		relay_input(&l->relays[RELAY_IN], STDIN_FILENO, own_fd_give(&l->stdio[0]));
		return 0;
	}
	in = fcntl(l->master_fd, F_DUPFD_CLOEXEC, 3);
	out = fcntl(l->master_fd, F_DUPFD_CLOEXEC, 3);
	if (in < 0 || out < 0)
		return fail(f, errno, "share the terminal's master");
	relay_input(&l->relays[RELAY_IN], STDIN_FILENO, in);
	screen = l->plan.tty_out ? STDOUT_FILENO : STDIN_FILENO;
	relay_output(&l->relays[RELAY_TERMINAL], out, screen, own_fd_give(&l->reopened[screen]));
	terminal_start(&l->terminal, STDIN_FILENO, l->master_fd);
	l->terminal_used = true;
	return 0;
}

static uint64_t output_bytes(const struct launch *l)
{
	uint64_t sum = 0;

	for (int i = RELAY_OUT; i < RELAYS && l->relays != NULL; i++)
		sum += l->relays[i].bytes;
	return sum;
}

static void cut_output(struct launch *l)
{
	char what[96];

	for (int i = RELAY_OUT; i < RELAYS; i++)
		relay_close_from(&l->relays[i]); /* the writers get SIGPIPE */
	snprintf(what, sizeof(what), "output cut after the limit of %llu bytes",
		(unsigned long long)l->config->output_limit_bytes);
	stop(l, CAUSE_OUTPUT_LIMIT, "supervise: output limit", "--output-limit SIZE gives more",
		what);
}

static void pump_output(struct launch *l, struct relay *r, const struct pollfd polls[2])
{
	uint64_t limit = l->config->output_limit_bytes, so_far = output_bytes(l);
	uint64_t left = so_far < limit ? limit - so_far : 0;

	if (left == 0 && (polls[0].revents & POLLIN) != 0) {
		cut_output(l); /* there is a byte beyond the limit */
		return;
	}
	if (relay_pump(r, polls, left > 0 ? left : 1)) /* at the limit only an end can come */
		l->last_output_ms = clock_now_ms();
}

static bool outputs_done(const struct launch *l)
{
	for (int i = RELAY_OUT; i < RELAYS && l->relays != NULL; i++)
		if (!relay_done(&l->relays[i]))
			return false;
	return true;
}

/* ---- the loop ---- */

static int on_keeper_end(struct launch *l, struct failure *f)
{
	int status = 0;

	while (wait4(l->keeper, &status, 0, &l->rusage) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for the keeper");
	l->keeper_ended = true;
	/* A run that was to end waits no longer for its readers than for its builder. */
	l->kill_at_ms = l->stopping || l->interrupted_by != 0 ? clock_now_ms() + GRACE_MS : 0;
	/* Nobody is left to read or write but what the pipes still hold. */
	if (l->relays != NULL)
		relay_release(&l->relays[RELAY_IN]);
	if (l->builder_ended || l->stopping)
		return 0;
	fail(f, 0,
		WIFSIGNALED(status) ? "the keeper was ended by signal %d"
				    : "the keeper ended with status %d",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return fail_step(f, "supervise");
}

static void poll_set(struct launch *l, struct pollfd polls[ON_COUNT])
{
	bool may_read = !l->terminal_used || terminal_foreground(&l->terminal);

	/* A shell's `fg` tells a job that it had not stopped nothing: it has to look. */
	if (l->terminal_used && may_read && !l->terminal.raw)
		terminal_make_raw(&l->terminal);
	polls[ON_SIGNALS] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
	polls[ON_KEEPER] =
		(struct pollfd){ .fd = l->keeper_ended ? -1 : l->pidfd, .events = POLLIN };
	polls[ON_SOCKET] = (struct pollfd){ .fd = l->socket, .events = POLLIN };
	polls[ON_RECORDS] = (struct pollfd){ .fd = l->records, .events = POLLIN };
	polls[ON_DOCKER] = (struct pollfd){ .fd = docker_poll_fd(l), .events = POLLIN };
	for (int i = 0; i < RELAYS; i++) {
		struct pollfd *pair = &polls[ON_STDIO + 2 * i];

		pair[0] = pair[1] = (struct pollfd){ .fd = -1 };
		if (l->relays != NULL)
			relay_poll(&l->relays[i], pair);
	}
	if (!may_read) /* a background job that reads its terminal is stopped */
		polls[ON_STDIO + 2 * RELAY_IN].fd = -1;
}

static int turn(struct launch *l, struct failure *f)
{
	struct pollfd polls[ON_COUNT];

	poll_set(l, polls);
	if (poll(polls, ON_COUNT, poll_timeout(l)) < 0 && errno != EINTR)
		return fail(f, errno, "wait for the sandbox");
	if (polls[ON_SIGNALS].revents != 0)
		take_signals(l);
	if (polls[ON_RECORDS].revents != 0)
		take_records(l, RECORDS_A_TURN);
	if (polls[ON_DOCKER].revents != 0 && docker_take(l, f) < 0)
		return -1;
	/* Its words before its end, or the end would hide them. */
	if (polls[ON_SOCKET].revents != 0 && on_message(l, f) < 0)
		return -1;
	if (l->docker.build_waits && order_build(l, f) < 0)
		return -1;
	if (l->stage == STAGE_BUILD && l->relays == NULL && start_relays(l, f) < 0)
		return -1;
	if (l->relays != NULL)
		relay_pump(&l->relays[RELAY_IN], &polls[ON_STDIO], UINT64_MAX);
	for (int i = RELAY_OUT; i < RELAYS && l->relays != NULL; i++)
		pump_output(l, &l->relays[i], &polls[ON_STDIO + 2 * i]);
	if (polls[ON_KEEPER].revents != 0 && polls[ON_SOCKET].revents == 0 &&
		on_keeper_end(l, f) < 0)
		return -1;
	if (!l->keeper_ended) {
		watch_the_clock(l);
		if (docker_watch_the_clock(l, f) < 0)
			return -1;
		if (clock_now_ms() >= l->sample_at_ms)
			sample_disk(l);
	}
	return 0;
}

int supervise(struct launch *l, struct failure *f)
{
	if (order_first(l, f) < 0)
		return -1;
	while (!l->keeper_ended || !outputs_done(l)) {
		if (turn(l, f) < 0)
			return -1;
		if (l->keeper_ended && l->kill_at_ms != 0 && clock_now_ms() >= l->kill_at_ms)
			break; /* nobody reads our output */
	}
	l->outcome->output_bytes = output_bytes(l);
	stage_enter(l, STAGE_ENDED);
	if (l->stopping) {
		*f = l->failure;
		return -1;
	}
	return 0;
}
