#include "sandbox/base/hurry.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* What stood there before. */
struct alarm {
	struct sigaction action;
	sigset_t mask;
};

static void on_alarm(int number)
{
	(void)number; /* that it came has ended the call */
}

/* It comes again and again, for the first could come before the call has begun. */
static void alarm_begin(struct alarm *alarm)
{
	const struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	const struct itimerval every = { { 0, HURRY_MS * 1000 }, { 0, HURRY_MS * 1000 } };
	sigset_t set;

	sigaction(SIGALRM, &action, &alarm->action);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, &alarm->mask);
	setitimer(ITIMER_REAL, &every, NULL);
}

static void alarm_end(const struct alarm *alarm)
{
	const struct itimerval never = { 0 };
	int saved = errno;

	setitimer(ITIMER_REAL, &never, NULL);
	sigprocmask(SIG_SETMASK, &alarm->mask, NULL);
	sigaction(SIGALRM, &alarm->action, NULL);
	errno = saved == EINTR ? EAGAIN : saved;
}

ssize_t hurry_read(int fd, void *ret, size_t n)
{
	ssize_t got = recv(fd, ret, n, MSG_DONTWAIT);
	struct alarm alarm;

	if (got >= 0 || errno != ENOTSOCK)
		return got;
	alarm_begin(&alarm);
	got = read(fd, ret, n);
	alarm_end(&alarm);
	return got;
}

ssize_t hurry_write(int fd, const void *bytes, size_t n)
{
	ssize_t put = send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	struct alarm alarm;

	if (put >= 0 || errno != ENOTSOCK)
		return put;
	alarm_begin(&alarm);
	put = write(fd, bytes, n);
	alarm_end(&alarm);
	return put;
}

bool hurry_write_whole(int fd, const char *bytes, size_t n, unsigned waits)
{
	while (n > 0) {
		ssize_t put = hurry_write(fd, bytes, n);

		if (put < 0 && (errno != EAGAIN || waits-- == 0))
			return false;
		bytes += put > 0 ? put : 0;
		n -= put > 0 ? (size_t)put : 0;
	}
	return true;
}
