/* Two processes, of which one stays root's:
 *
 *   root's shell ── front (root) ── the launcher (root until it gives it up) ── …
 *        terminal ◄──► master          slave: its own terminal, in its own session
 *
 * Keys and output go through as bytes. Ctrl-C is the business of the inner terminal, which
 * sends its signal to the launcher; a signal that front gets is passed on; a launcher that
 * stops itself stops front, and front's shell then has the terminal back as it was. */
#include "sandbox/launcher/front.h"

#include "namespaces/spawn.h"
#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/relay.h"
#include "sandbox/launcher/terminal.h"
#include "sandbox/plan/plan_terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS  200  /* in the background: `fg` tells a job that has not stopped nothing */
#define DRAIN_MS 1000 /* for what the terminal still holds when the child has ended */

struct front {
	bool interactive;
	pid_t child;
	int signals;
	int settled[2];    /* the child has its terminal: until then a key would be lost */
	int outer;         /* root's terminal, one of 0 to 2; -1: none of them is one */
	int screen;        /* where output goes: the terminal on 1 or 2, or else outer */
	int master, slave; /* ours; -1 without an outer one */
	sigset_t callers;  /* the mask that we came with */
	struct terminal terminal;
	struct relay in, out;
};

/* What a shell, a service manager or a user sends to a command. */
static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT };

/* ---- before the fork ---- */

/* Is all that is shown on root's terminal shown through ours, whose keys are the builder's? */
static bool is_alone(const struct front *front)
{
	return front->interactive && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	       isatty(STDERR_FILENO);
}

static int make_terminal(struct front *front, struct failure *f)
{
	struct termios modes;

	front->outer = front->screen = front->master = front->slave = -1;
	for (int i = STDERR_FILENO; i >= STDIN_FILENO; i--)
		if (isatty(i)) {
			front->outer = i;
			front->screen = i == STDIN_FILENO && front->screen >= 0 ? front->screen : i;
		}
	if (front->outer < 0)
		return 0;
	front->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (front->master < 0 || grantpt(front->master) < 0 || unlockpt(front->master) < 0)
		return fail(f, errno, "make a terminal, so that root's stays root's");
	front->slave = ioctl(front->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (front->slave < 0)
		return fail(f, errno, "open the terminal that was made");
	/* Modes and size stand before anybody looks at them. */
	terminal_copy_size(front->outer, front->master);
	if (plan_terminal_modes(front->outer, is_alone(front), &modes) < 0 ||
		tcsetattr(front->slave, TCSANOW, &modes) < 0)
		return fail(f, errno, "give the terminal that was made its modes");
	return 0;
}

static int block_signals(struct front *front, struct failure *f)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++)
		sigaddset(&set, passed_on[i]);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &set, &front->callers) < 0)
		return fail(f, errno, "block the signals");
	front->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return front->signals < 0 ? fail(f, errno, "make a signalfd") : 0;
}

/* ---- the child, until it goes on as the launcher ---- */

static int enter_session(struct front *front, struct failure *f)
{
	own_fd_end(&front->settled[0]);
	if (setsid() < 0)
		return fail(f, errno, "start a session");
	for (int i = 0; i < 3; i++)
		if (isatty(i) && dup2(front->slave, i) < 0)
			return fail(f, errno, "replace root's terminal");
	if (front->slave >= 0 && ioctl(front->slave, TIOCSCTTY, 0) < 0)
		return fail(f, errno, "take the terminal that was made");
	own_fd_end(&front->slave);
	own_fd_end(&front->master);
	own_fd_end(&front->signals);
	if (sigprocmask(SIG_SETMASK, &front->callers, NULL) < 0)
		return fail(f, errno, "restore the signal mask");
	own_fd_end(&front->settled[1]); /* what the parent waits for */
	return 0;
}

/* Before anything of a stranger is read and long before the ids change: from here on only
 * root looks into this process. */
static int hide(pid_t parent, struct failure *f)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		return fail(f, errno, "forbid being looked into");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	if (getppid() != parent)
		_exit(1); /* it died before that line */
	return 0;
}

/* ---- the parent ---- */

/* A pipe of root's that we kept open would never end for whoever is at its other side. */
static void keep_terminal_alone(const struct front *front)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	for (int i = 0; i < 3 && null >= 0; i++)
		if (i != front->outer && i != front->screen)
			dup2(null, i);
	if (null > STDERR_FILENO)
		close(null);
}

static void start_relays(struct front *front)
{
	front->in.from = front->in.to = front->out.from = front->out.to = -1;
	if (front->outer < 0)
		return;
	relay_output(&front->out, fcntl(front->master, F_DUPFD_CLOEXEC, 3), front->screen,
		relay_reopen(front->screen, O_WRONLY));
	if (!front->interactive || !isatty(STDIN_FILENO))
		return;
	relay_input(&front->in, STDIN_FILENO, relay_reopen(STDIN_FILENO, O_RDONLY),
		fcntl(front->master, F_DUPFD_CLOEXEC, 3));
	front->terminal = (struct terminal){
		.fd = STDIN_FILENO, .master = front->master, .alone = is_alone(front)
	};
	terminal_make_raw(&front->terminal);
}

static bool keys_are_ours(struct front *front)
{
	if (front->in.from < 0 || !terminal_foreground(&front->terminal))
		return false;
	if (!front->terminal.raw)
		terminal_make_raw(&front->terminal);
	return true;
}

static void on_child_stopped(struct front *front)
{
	bool raw = front->terminal.raw;

	terminal_restore(&front->terminal);
	terminal_stop_job(raw);
	/* Here root's shell has said `fg` or `bg`. */
	if (front->master >= 0)
		terminal_copy_size(front->outer, front->master);
	keys_are_ours(front);
	kill(-front->child, SIGCONT);
}

/* The launcher of a run answers SIGTSTP by stopping its builder and then itself. Who has no
 * such answer is the only process of an orphaned group, in which the signal does nothing. */
static void pass_stop_on(struct front *front)
{
	kill(front->interactive ? front->child : -front->child,
		front->interactive ? SIGTSTP : SIGSTOP);
}

static void on_signal(struct front *front, int number)
{
	switch (number) {
	case SIGCHLD:
		return; /* look_at_child() does */
	case SIGTSTP:
		pass_stop_on(front);
		return;
	case SIGWINCH:
		if (front->master >= 0)
			terminal_copy_size(front->outer, front->master);
		return;
	default:
		kill(front->child, number);
		return;
	}
}

static void take_signals(struct front *front)
{
	struct signalfd_siginfo info;

	while (read(front->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(front, (int)info.ssi_signo);
}

/* True when it has ended. */
static bool look_at_child(struct front *front, int *ret_status)
{
	pid_t pid = waitpid(front->child, ret_status, WNOHANG | WUNTRACED);

	if (pid == front->child && WIFSTOPPED(*ret_status)) {
		on_child_stopped(front);
		return false;
	}
	return pid == front->child;
}

/* Move what can be moved. timeout: as poll(2) has it. */
static void turn(struct front *front, int timeout)
{
	struct pollfd polls[5] = { { .fd = front->signals, .events = POLLIN } };
	bool keys = keys_are_ours(front);

	relay_poll(&front->in, &polls[1]);
	relay_poll(&front->out, &polls[3]);
	if (!keys) {
		polls[1].fd = -1; /* who reads in the background is stopped */
		timeout = front->in.from >= 0 && timeout < 0 ? LOOK_MS : timeout;
	}
	if (poll(polls, ARRAY_LEN(polls), timeout) < 0)
		return;
	if (polls[0].revents != 0)
		take_signals(front);
	relay_pump(&front->in, &polls[1], UINT64_MAX);
	relay_pump(&front->out, &polls[3], UINT64_MAX);
}

static void drain(struct front *front)
{
	uint64_t end = clock_now_ms() + DRAIN_MS, now;

	relay_release(&front->in);
	while (!relay_done(&front->out) && (now = clock_now_ms()) < end)
		turn(front, (int)(end - now));
}

static void __attribute__((noreturn)) end_as(int status)
{
	sigset_t set;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	sigfillset(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

static void __attribute__((noreturn)) front_main(struct front *front)
{
	int status = 0;
	char byte;

	own_fd_end(&front->slave);
	own_fd_end(&front->settled[1]);
	while (read(front->settled[0], &byte, 1) < 0 && errno == EINTR)
		; /* to the end of file: it has closed its side, or is dead */
	start_relays(front);
	keep_terminal_alone(front);
	while (!look_at_child(front, &status))
		turn(front, -1);
	drain(front);
	terminal_restore(&front->terminal);
	end_as(status);
}

static pid_t waits_for_us;

pid_t front_pid(void)
{
	return waits_for_us;
}

int front_enter(bool interactive, int argc, char *argv[], struct failure *f)
{
	struct front *front = calloc(1, sizeof(*front));
	own_fd int pidfd = -1;
	pid_t parent = getpid();

	if (front == NULL)
		return fail(f, ENOMEM, "keep root's terminal");
	front->interactive = interactive;
	signal(SIGCHLD, SIG_DFL); /* who ignores it hears of no end */
	if (make_terminal(front, f) < 0 || block_signals(front, f) < 0)
		return -1;
	if (pipe2(front->settled, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	front->child = spawn("the launcher", 0, -1, &pidfd, f);
	if (front->child < 0)
		return -1;
	for (int i = 1; front->child > 0 && i < argc; i++)
		explicit_bzero(argv[i], strlen(argv[i]));
	if (front->child > 0)
		front_main(front); /* does not return */
	if (hide(parent, f) < 0 || enter_session(front, f) < 0)
		return -1;
	free(front);
	waits_for_us = parent;
	return 0;
}
