/* sandbox/probe/probe_terminal.c: input pushed into a terminal. */
#include "sandbox/probe/probe_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* ---- terminals ---- */

/* On a descriptor that is not a terminal the kernel says ENOTTY, if the call reaches it. */
static int tty_ioctl(unsigned long request)
{
	char c = 'x';
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return probe_arrived(syscall(SYS_ioctl, fd, request, &c), ENOTTY);
}

static int type_in(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCSTI);
}

/* snap's CVE-2019-7303: the kernel looks at 32 bits of what a filter compared with 64. */
static int type_in_high(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCSTI + (1UL << 32));
}

static int console_paste(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCLINUX);
}

static int console_paste_high(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCLINUX + (1UL << 32));
}

static int line_discipline(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCSETD);
}

/* TIOCSTI on every descriptor that we were given. */
static int type_into_all(int argc, char **argv)
{
	char c = 'x';

	(void)argc, (void)argv;
	for (int fd = 0; fd < 3; fd++)
		if (ioctl(fd, TIOCSTI, &c) == 0)
			return 0;
	return errno;
}

const struct probe probes_terminal[] = {
	{ "tiocsti", type_in },
	{ "tiocsti-high", type_in_high },
	{ "tioclinux", console_paste },
	{ "tioclinux-high", console_paste_high },
	{ "tiocsetd", line_discipline },
	{ "tiocsti-stdio", type_into_all },
	{ NULL, NULL },
};
