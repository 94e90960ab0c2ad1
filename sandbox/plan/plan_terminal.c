#include "sandbox/plan/plan_terminal.h"

#include "sandbox/base/own.h"

static const struct termios usual = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = { [VINTR] = 'C' - '@',
		[VQUIT] = '\\' - '@',
		[VERASE] = 0177,
		[VKILL] = 'U' - '@',
		[VEOF] = 'D' - '@',
		[VMIN] = 1,
		[VSTART] = 'Q' - '@',
		[VSTOP] = 'S' - '@',
		[VSUSP] = 'Z' - '@',
		[VREPRINT] = 'R' - '@',
		[VDISCARD] = 'O' - '@',
		[VWERASE] = 'W' - '@',
		[VLNEXT] = 'V' - '@' },
	.c_ispeed = B38400,
	.c_ospeed = B38400,
};

int plan_terminal_modes(int users_fd, bool alone, struct termios *ret)
{
	struct termios users, modes;

	if (tcgetattr(users_fd, &users) < 0)
		return -1;
	modes = users;
	if (tcgetpgrp(users_fd) != getpgrp()) {
		modes = usual;
		modes.c_iflag |= users.c_iflag & IUTF8; /* what his keyboard sends; nobody's mode */
	}
	if (!alone)
		modes.c_oflag &= ~(tcflag_t)OPOST;
	*ret = modes;
	return 0;
}

int plan_terminal(struct plan *plan, struct failure *f)
{
	plan->tty = isatty(STDIN_FILENO) == 1;
	if (!plan->tty)
		return 0;
	plan->tty_out = isatty(STDOUT_FILENO) == 1;
	plan->tty_err = isatty(STDERR_FILENO) == 1;
	if (plan_terminal_modes(STDIN_FILENO, plan->tty_out && plan->tty_err, &plan->tty_modes) <
			0 ||
		ioctl(STDIN_FILENO, TIOCGWINSZ, &plan->tty_size) < 0)
		return fail(f, errno, "ask the terminal for its modes and its size");
	return 0;
}
