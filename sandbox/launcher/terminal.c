#include "sandbox/launcher/terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_foreground(const struct terminal *t)
{
	return tcgetpgrp(t->fd) == getpgrp();
}

void terminal_make_raw(struct terminal *t)
{
	struct termios raw;

	if (!terminal_foreground(t) || (!t->raw && tcgetattr(t->fd, &t->saved) < 0))
		return; /* if raw already, a shell may have set its own modes since: set ours */
	raw = t->saved;
	cfmakeraw(&raw);
	if (!t->alone)
		raw.c_oflag = t->saved.c_oflag;
	t->raw = tcsetattr(t->fd, TCSADRAIN, &raw) == 0;
}

void terminal_restore(struct terminal *t)
{
	if (t->raw)
		tcsetattr(t->fd, TCSADRAIN, &t->saved);
	t->raw = false;
}

void terminal_copy_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0)
		ioctl(to, TIOCSWINSZ, &size);
}

void terminal_resize(const struct terminal *t)
{
	terminal_copy_size(t->fd, t->master);
}

void terminal_start(struct terminal *t, int fd, int master, bool alone)
{
	*t = (struct terminal){ .fd = fd, .master = master, .alone = alone };
	terminal_resize(t); /* it may have changed since the plan */
	terminal_make_raw(t);
}

void terminal_stop_job(bool whole_job)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(whole_job ? 0 : getpid(), SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}
