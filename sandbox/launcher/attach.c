/* One visit to a sandbox: find the door, knock, then carry bytes until there is an end. */
#include "sandbox/launcher/attach.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/keeper/door_message.h"
#include "sandbox/launcher/attach_find.h"
#include "sandbox/launcher/ends.h"
#include "sandbox/launcher/streams.h"
#include "sandbox/plan/plan_terminal.h"
#include "sandbox/privilege/identity.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MS 10000 /* for the porter and the usher, who have nothing else to do */
#define ASK_MS    2000  /* between an answer and the next question */
#define QUIET_MS  500   /* when the command has ended, and what it left still holds its streams */

enum awaited { ON_CONNECTION, ON_SIGNALS, ON_STREAMS, ON_COUNT = ON_STREAMS + STREAMS_POLLS };

struct visit {
	int connection, signals_fd;
	struct plan plan; /* of which the terminal is used */
	int ours[3], theirs[3];
	struct streams streams;
	bool over; /* the connection says no more */
	int status;
	int signalled; /* our end, by the user; 0: not so */
	uint64_t last_ms;
	uint64_t asked_ms, heard_ms; /* asked: 0 while no answer is due */
};

/* ---- before it begins ---- */

static int hold_signals(struct visit *v, struct failure *f)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		sigaddset(&set, held[i]);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail(f, errno, "hold the signals");
	v->signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return v->signals_fd < 0 ? fail(f, errno, "open a signalfd") : 0;
}

static int make_request(const struct visit *v, const struct strings *command,
	struct door_request *ret, struct failure *f)
{
	*ret = (struct door_request){ .terminal = { v->plan.tty, v->plan.tty_out, v->plan.tty_err },
		.modes = v->plan.tty_modes,
		.size = v->plan.tty_size };
	for (size_t i = 0; i < command->n; i++) {
		size_t n = strlen(command->v[i]) + 1;

		if (i == DOOR_WORDS || n > sizeof(ret->text) - ret->length)
			return fail(f, 0, "COMMAND is longer than %zu bytes or %d words",
				sizeof(ret->text), DOOR_WORDS);
		memcpy(ret->text + ret->length, command->v[i], n);
		ret->length += (uint32_t)n;
		ret->words++;
	}
	return 0;
}

static int knock(struct visit *v, const struct strings *command, struct failure *f)
{
	own_mem struct door_request *request = malloc(sizeof(*request));
	struct packet_fds fds = PACKET_FDS_NONE;
	int result;

	if (request == NULL)
		return fail(f, ENOMEM, "ask to be let in");
	if (make_request(v, command, request, f) < 0 ||
		ends_make_stdio(v->ours, v->theirs, request->terminal, f) < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (v->theirs[i] >= 0)
			fds.at[fds.n++] = v->theirs[i];
	result = packet_send(v->connection, request, sizeof(*request), &fds, 0, f);
	for (int i = 0; i < 3; i++)
		own_fd_end(&v->theirs[i]);
	if (result < 0 && (f->errnum == EPIPE || f->errnum == ECONNRESET))
		return 0; /* nobody was there to take it on: the answer is an end of file */
	return result;
}

static int refused(const struct door_answer *answer, int *ret_exit_code, struct failure *f)
{
	*ret_exit_code = answer->status;
	*f = answer->failure;
	f->what[sizeof(f->what) - 1] = f->step[sizeof(f->step) - 1] =
		f->remedy[sizeof(f->remedy) - 1] = '\0';
	failure_sanitize(f->what);
	failure_sanitize(f->step);
	failure_sanitize(f->remedy);
	return -1;
}

static int be_let_in(struct visit *v, int *ret_exit_code, struct failure *f)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	struct pollfd polls = { .fd = v->connection, .events = POLLIN };
	struct door_answer answer;
	int got;

	if (poll(&polls, 1, ANSWER_MS) <= 0)
		return fail(f, 0, "nobody inside answers: the build may have stopped the porter");
	got = packet_receive(v->connection, &answer, sizeof(answer), &fds, 0, f);
	if (got < 0)
		return -1;
	if (got == 0)
		return fail(f, 0, "nobody inside lets us in: the build may have ended the porter");
	if (answer.type == DOOR_FAILED)
		return refused(&answer, ret_exit_code, f);
	if (answer.type != DOOR_OPEN || (v->plan.tty && fds.n != 1))
		return fail(f, 0, "an answer of an unknown form");
	v->streams.master_fd = own_fd_give(&fds.at[0]);
	v->heard_ms = clock_now_ms();
	return streams_start(&v->streams, v->ours, &v->plan, f);
}

/* ---- while it lasts ---- */

/* What was asked before we stood still ourselves does not count. */
static void hear(struct visit *v)
{
	v->heard_ms = clock_now_ms();
	v->asked_ms = 0;
}

static void suspend(struct visit *v)
{
	streams_restore(&v->streams);
	terminal_stop_job(v->streams.terminal_used);
	streams_make_raw(&v->streams);
	streams_resize(&v->streams);
	hear(v);
}

static void take_signals(struct visit *v)
{
	struct signalfd_siginfo info;

	while (read(v->signals_fd, &info, sizeof(info)) == sizeof(info))
		switch ((int)info.ssi_signo) {
		case SIGWINCH:
			streams_resize(&v->streams);
			break;
		case SIGTSTP:
			suspend(v);
			break;
		case SIGCONT:
			streams_make_raw(&v->streams);
			hear(v);
			break;
		default:
			v->signalled = (int)info.ssi_signo;
		}
}

static int take_answer(struct visit *v, int *ret_exit_code, struct failure *f)
{
	struct door_answer answer;
	int got = packet_receive(v->connection, &answer, sizeof(answer), NULL, 0, f);

	if (got < 0)
		return -1;
	if (got == 0)
		return fail(f, 0, "the run has ended, or its build has ended who let us in");
	if (answer.type == DOOR_FAILED)
		return refused(&answer, ret_exit_code, f);
	if (answer.type == DOOR_HERE) {
		hear(v);
		return 0;
	}
	if (answer.type != DOOR_ENDED)
		return fail(f, 0, "an answer of an unknown form");
	v->over = true;
	v->status = answer.status;
	streams_end_input(&v->streams);
	return 0;
}

/* A build that stops the usher would keep us for ever: nobody else says how the command ends. */
static int ask(struct visit *v, struct failure *f)
{
	uint64_t now = clock_now_ms();
	struct failure unsent; /* then its end is there to be received */

	if (v->over)
		return 0;
	if (v->asked_ms != 0 && now >= v->asked_ms + ANSWER_MS)
		return fail(f, 0,
			"who let us in does not answer: the run stands still, or the build has "
			"stopped him");
	if (v->asked_ms == 0 && now >= v->heard_ms + ASK_MS) {
		packet_send(v->connection, "", 1, NULL, MSG_DONTWAIT, &unsent);
		v->asked_ms = now;
	}
	return 0;
}

static bool is_done(const struct visit *v)
{
	if (v->signalled != 0)
		return true;
	return v->over &&
	       (streams_done(&v->streams) ||
		       (!streams_blocked(&v->streams) && clock_now_ms() >= v->last_ms + QUIET_MS));
}

static int turn(struct visit *v, int *ret_exit_code, struct failure *f)
{
	struct pollfd polls[ON_COUNT] = {
		[ON_CONNECTION] = { .fd = v->over ? -1 : v->connection, .events = POLLIN },
		[ON_SIGNALS] = { .fd = v->signals_fd, .events = POLLIN },
	};
	struct streams_news news;

	streams_poll(&v->streams, &polls[ON_STREAMS]);
	if (poll(polls, ON_COUNT, v->over ? QUIET_MS : ASK_MS) < 0 && errno != EINTR)
		return fail(f, errno, "wait for the sandbox");
	if (polls[ON_SIGNALS].revents != 0)
		take_signals(v);
	news = streams_pump(&v->streams, &polls[ON_STREAMS], UINT64_MAX);
	if (news.came)
		v->last_ms = clock_now_ms();
	if (news.lost != 0)
		return fail(f, news.lost, "output of the command is lost: write it to %s",
			news.lost_where);
	return polls[ON_CONNECTION].revents != 0 ? take_answer(v, ret_exit_code, f) : ask(v, f);
}

static int visit(
	struct visit *v, const struct config *config, int *ret_exit_code, struct failure *f)
{
	if (hold_signals(v, f) < 0 || plan_terminal(&v->plan, f) < 0)
		return -1;
	if (config->shell && !v->plan.tty) {
		fail(f, 0, "a shell needs a terminal, and stdin is none");
		return fail_remedy(f, "cofferdam shell --attach RUN -- COMMAND needs none");
	}
	if (knock(v, &config->command, f) < 0 || be_let_in(v, ret_exit_code, f) < 0)
		return -1;
	while (!is_done(v))
		if (turn(v, ret_exit_code, f) < 0)
			return -1;
	if (v->signalled != 0)
		return 128 + v->signalled;
	return WIFSIGNALED(v->status) ? 128 + WTERMSIG(v->status) : WEXITSTATUS(v->status);
}

int attach_run(const struct config *config, int *ret_exit_code, struct failure *f)
{
	struct visit v = { .connection = -1,
		.signals_fd = -1,
		.ours = { -1, -1, -1 },
		.theirs = { -1, -1, -1 },
		.streams = STREAMS_NONE };
	struct identity identity;
	int result;

	*ret_exit_code = 125;
	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0)
		return -1;
	streams_reopen(&v.streams); /* as who started us: see launcher.c */
	if (identity_give_up(&identity, f) < 0)
		return -1;
	result = attach_find(config->attach, &v.connection, f);
	if (result == 0)
		result = visit(&v, config, ret_exit_code, f);
	streams_release(&v.streams);
	own_fd_end(&v.connection);
	own_fd_end(&v.signals_fd);
	for (int i = 0; i < 3; i++)
		own_fd_end(&v.ours[i]);
	return result < 0 ? fail_step(f, "attach") : result;
}
