#include "sandbox/keeper/keeper_watch.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/keeper/orders.h"
#include "sandbox/keeper/pause.h"
#include "sandbox/keeper/unheard.h"
#include "sandbox/keeper/witness.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>

#define WAKE_MOST_MS (1000 * 1000) /* fits an int */
#define REAPS_A_TURN 64            /* orphans may come without end: messages and the clock too */

/* Whom a signal is for. */
enum audience { THE_COMMAND, ITS_JOB, EVERYBODY };
static const struct {
	int signal;
	enum audience audience;
	const char *reason;
} signal_rows[] = {
	{ SIGINT, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGQUIT, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGHUP, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGTERM, ITS_JOB, "a shell's children would outlive the shell" },
	{ SIGWINCH, ITS_JOB, "a terminal sends it to the whole job" },
	{ SIGSTOP, EVERYBODY,
		"the user has suspended us; who wakes by a timer is stopped again (pause.h)" },
	{ SIGCONT, EVERYBODY, "and all of it goes on" },
	{ SIGUSR1, THE_COMMAND, "its meaning is the command's own; others die of it" },
	{ SIGUSR2, THE_COMMAND, "its meaning is the command's own; others die of it" },
};

static void deliver(const struct keeper *k, int signal)
{
	const pid_t whom[] = {
		[THE_COMMAND] = k->builder,
		[ITS_JOB] = -k->builder,
		[EVERYBODY] = -1,
	};

	for (size_t i = 0; i < ARRAY_LEN(signal_rows); i++)
		if (signal_rows[i].signal == signal) {
			if (k->builder == 0 && signal_rows[i].audience != EVERYBODY)
				return; /* it has ended: its number may be another's by now */
			kill(whom[signal_rows[i].audience], signal);
			return;
		}
}

/* The launcher's time limit, a little later: the launcher may be stopped, by the user or
 * because the builder stopped, and then no clock of its own runs. This one no stop reaches. */
struct limit {
	uint64_t end_at_ms; /* 0: none */
	struct pause pause; /* of the user's, which does not count */
};

static bool is_paused(const struct limit *limit)
{
	return limit->pause.looked_ms != 0;
}

static void limit_look(const struct keeper *k, struct limit *limit)
{
	bool awake;
	uint64_t quiet_ms = pause_look(&limit->pause, k->root.sight_fd, &awake);

	if (limit->end_at_ms != 0)
		limit->end_at_ms += quiet_ms;
	if (awake)
		deliver(k, SIGSTOP);
}

static void limit_pause(const struct keeper *k, struct limit *limit)
{
	deliver(k, SIGSTOP);
	if (!is_paused(limit))
		pause_begin(&limit->pause, k->root.sight_fd);
}

static void limit_resume(const struct keeper *k, struct limit *limit)
{
	if (is_paused(limit))
		limit_look(k, limit);
	limit->pause = (struct pause){ 0 };
	deliver(k, SIGCONT);
}

static bool limit_is_over(const struct limit *limit)
{
	/* In a pause, as of the last look: the end has moved no further. */
	uint64_t now = is_paused(limit) ? limit->pause.looked_ms : clock_now_ms();

	return limit->end_at_ms != 0 && now >= limit->end_at_ms;
}

static int limit_poll_ms(const struct limit *limit)
{
	uint64_t now = clock_now_ms(), next = limit->end_at_ms;

	if (is_paused(limit)) /* the end moves at each look */
		next = limit->pause.look_at_ms;
	if (next == 0)
		return -1;
	return now >= next ? 0 : next - now > WAKE_MOST_MS ? WAKE_MOST_MS : (int)(next - now);
}

/* What one turn of reaping has come to. */
enum reaped { REAPED_ALL, REAPED_SOME, REAPED_BUILDER };

/* CLD_TRAPPED is none of the others: whose parent is PID 1 may ask to be traced by it, and then
 * waits for a tracer that never does anything. */
static bool has_ended(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
	       info->si_code == CLD_DUMPED;
}

/* As wait(2) has it. */
static int wait_status(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return W_EXITCODE(info->si_status, 0);
	return W_EXITCODE(0, info->si_status) | (info->si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

/* Reap what there is, but not for ever. */
static enum reaped reap(
	struct keeper *k, const struct limit *limit, int *ret_status, struct failure *f)
{
	for (int i = 0; i < REAPS_A_TURN; i++) {
		siginfo_t info = { 0 };
		bool builder;

		if (waitid(P_ALL, 0, &info, WNOHANG | WEXITED | WSTOPPED) < 0 || info.si_pid == 0)
			return REAPED_ALL;
		builder = info.si_pid == k->builder;
		if (info.si_code == CLD_STOPPED && builder && k->plan->tty && !is_paused(limit)) {
			deliver(k, SIGSTOP); /* nothing goes on behind the user's back */
			orders_tell(k, MESSAGE_STOPPED, info.si_status, f);
		} else if (has_ended(&info) && builder) {
			*ret_status = wait_status(&info);
			return REAPED_BUILDER;
		}
	}
	return REAPED_SOME;
}

/* The launcher's messages while the builder runs, or what it left is held. */
static int obey(struct keeper *k, struct limit *limit, struct failure *f)
{
	struct message message;

	if (orders_expect(k, MESSAGE_SIGNAL, k->builder == 0 ? MESSAGE_RELEASE : 0, &message, f) <
		0)
		return -1;
	if (message.type == MESSAGE_RELEASE) {
		k->released = true;
		return 0;
	}
	if (message.status == SIGSTOP)
		limit_pause(k, limit);
	else if (message.status == SIGCONT)
		limit_resume(k, limit);
	else
		deliver(k, message.status);
	if (message.status == SIGCONT && k->terminal_fd >= 0 && k->builder != 0)
		ioctl(k->terminal_fd, TIOCSPGRP, &k->builder);
	return 0;
}

/* First the message, so that even a stuck descendant cannot hide how it ended. */
static void on_end(struct keeper *k, int status)
{
	struct failure unsaid; /* then the launcher is gone, and we are next */

	orders_tell(k, MESSAGE_EXITED, status, &unsaid);
	k->builder = 0;
	k->released = !k->plan->hold;
}

/* Of a build that has ended it only ends what it left. */
static int on_time_is_over(const struct keeper *k, int *ret_exit_code, struct failure *f)
{
	if (k->builder == 0)
		return 0;
	*ret_exit_code = KEEPER_TIME_IS_OVER;
	return fail(f, 0, "the time limit has passed");
}

static int watch(struct keeper *k, int *ret_exit_code, struct failure *f)
{
	struct limit limit = { .end_at_ms = k->build.build.end_at_ms };
	struct pollfd polls[] = { { .fd = k->signals_fd, .events = POLLIN },
		{ .fd = k->ends.socket, .events = POLLIN }, { .events = POLLIN } };
	struct signalfd_siginfo info[8];

	for (;;) {
		int status, wait_ms;
		enum reaped reaped = reap(k, &limit, &status, f);

		if (reaped == REAPED_BUILDER)
			on_end(k, status);
		if (k->released)
			return 0;
		wait_ms = reaped == REAPED_ALL ? limit_poll_ms(&limit) : 0;
		polls[2].fd = k->refusals_fd;
		if (poll(polls, ARRAY_LEN(polls), wait_ms) < 0 && errno != EINTR)
			return fail(f, errno, "wait for the builder");
		if ((polls[0].revents & POLLIN) != 0 &&
			read(k->signals_fd, info, sizeof(info)) < 0 && errno != EAGAIN)
			return fail(f, errno, "read that a child ended");
		if (polls[1].revents != 0 && obey(k, &limit, f) < 0)
			return -1;
		if (polls[2].revents != 0)
			witness_take(k, polls[2].revents);
		if (is_paused(&limit) && clock_now_ms() >= limit.pause.look_at_ms)
			limit_look(k, &limit);
		if (limit_is_over(&limit))
			return on_time_is_over(k, ret_exit_code, f);
	}
}

int keeper_watch(struct keeper *k, int *ret_exit_code, struct failure *f)
{
	int result = watch(k, ret_exit_code, f);

	if (!k->plan->net.full)
		*k->unheard = unheard_count(k->root.proc_fd, !k->plan->net.on);
	return result;
}
