/* Every line is one write. What a write may do depends on what it goes to:
 *
 * a pipe      at most PIPE_BUF bytes, which the kernel takes whole or not at all
 *             (pipe(7)); opened anew through /proc/self/fd, because O_NONBLOCK
 *             belongs to the open file, which others may share with us
 * a socket    send() with MSG_DONTWAIT, which asks nothing of the open file
 * a file      does not block; a line cut short by a full disk is taken back
 */
#include "sandbox/report/events.h"

#include "sandbox/base/hurry.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"
#include "sandbox/base/value.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static int open_given(const char *word, struct failure *f)
{
	uint64_t number;
	char path[48];
	int flags, fd;

	if (number_parse("--events fd:N", word, 0, INT_MAX, &number, f) < 0)
		return -1;
	flags = fcntl((int)number, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) != 0) {
		fail(f, flags < 0 ? errno : 0, "--events fd:%s is not open for writing", word);
		return fail_remedy(
			f, "open it in the shell: cofferdam run --events fd:3 … 3>events");
	}
	/* A pipe of another user's, or a socket, cannot be opened anew. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)number);
	fd = open(path, OPEN_FLAGS);
	if (fd < 0)
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
	return fd >= 0 ? fd : fail(f, errno, "duplicate --events fd:%s", word);
}

static int open_file(const char *path, struct failure *f)
{
	int fd = open(path, OPEN_FLAGS | O_CREAT, 0600);

	if (fd >= 0)
		return fd;
	fail(f, errno, "open the events file %s", path);
	return fail_remedy(f, errno == ENXIO ? "start the reader of that fifo first"
					     : "name a file that you may write to, or fd:N");
}

int events_open(struct events *ret, const char *target, const char *run_id, struct failure *f)
{
	struct events events = { .fd = -1 };

	snprintf(events.id, sizeof(events.id), "%s", run_id);
	if (target != NULL) {
		events.fd = strncmp(target, "fd:", 3) == 0 ? open_given(target + 3, f)
							   : open_file(target, f);
		if (events.fd < 0)
			return -1;
	}
	*ret = events;
	return 0;
}

void events_release(struct events *events)
{
	own_fd_end(&events->fd);
}

/* write(2) to a pipe has no MSG_NOSIGNAL: block SIGPIPE, and take it off if it came. Who shares the
 * pipe may have filled it since poll(2). */
static ssize_t write_quietly(int fd, const char *line, size_t n)
{
	const struct timespec now = { 0 };
	sigset_t pipe_signal, before, pending;
	bool was_pending;
	ssize_t written;
	int saved;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigpending(&pending);
	was_pending = sigismember(&pending, SIGPIPE) == 1;
	sigprocmask(SIG_BLOCK, &pipe_signal, &before);
	do
		written = hurry_write(fd, line, n);
	while (written < 0 && errno == EINTR);
	saved = errno;
	if (written < 0 && saved == EPIPE && !was_pending)
		sigtimedwait(&pipe_signal, NULL, &now);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return written;
}

/* Take a line back that a full disk cut short, if nobody wrote after it. */
static void take_back(int fd, off_t n)
{
	struct stat st;
	off_t end = lseek(fd, 0, SEEK_CUR);

	if (end >= n && fstat(fd, &st) == 0 && st.st_size == end && ftruncate(fd, end - n) < 0)
		return; /* then one line is cut, and the reader sees that it is */
}

enum put { PUT_DONE, PUT_DROPPED, PUT_BROKEN };

static enum put put(int fd, const char *line, size_t n)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	struct stat st;
	ssize_t written;

	if (fstat(fd, &st) < 0)
		return PUT_BROKEN;
	if (S_ISSOCK(st.st_mode)) {
		written = send(fd, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else if (S_ISREG(st.st_mode)) {
		written = write_quietly(fd, line, n);
	} else {
		if (n > PIPE_BUF || poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0)
			return (ready.revents & (POLLERR | POLLNVAL)) != 0 ? PUT_BROKEN
									   : PUT_DROPPED;
		written = write_quietly(fd, line, n);
	}
	if (written == (ssize_t)n)
		return PUT_DONE;
	if (written >= 0 && S_ISREG(st.st_mode)) {
		take_back(fd, written);
		return PUT_DROPPED;
	}
	if (written >= 0)
		return PUT_BROKEN; /* part of a line is out: no other may follow it */
	return errno == EAGAIN || errno == ENOBUFS || errno == ENOSPC || errno == EDQUOT
		       ? PUT_DROPPED
		       : PUT_BROKEN;
}

/* Facts come from cJSON's own makers, some of them a stranger's text or count: strings
 * are mended, and integers keep their digits or become null (value.h). Takes fact. */
static bool add_fact(cJSON *line, cJSON *fact)
{
	bool ok;

	if (cJSON_IsString(fact))
		ok = value_text(line, fact->string, fact->valuestring);
	else if (cJSON_IsNumber(fact) && fact->valuedouble >= (double)VALUE_INTEGER_MAX)
		ok = value_integer(line, fact->string, UINT64_MAX);
	else if (cJSON_IsNumber(fact) && fact->valuedouble >= 0 &&
		 fact->valuedouble == (double)(uint64_t)fact->valuedouble)
		ok = value_integer(line, fact->string, (uint64_t)fact->valuedouble);
	else
		return value_item(line, fact->string, fact);
	cJSON_Delete(fact);
	return ok;
}

/* One object with time, id and type first; the facts' members are moved into it. */
static char *line_text(const struct events *events, const char *type, cJSON *facts)
{
	cJSON *line = cJSON_CreateObject();
	struct timespec now;
	char *text = NULL;
	bool ok = line != NULL;

	clock_gettime(CLOCK_REALTIME, &now);
	ok = ok && value_time(line, "time", now);
	ok = ok && value_text(line, "id", events->id);
	ok = ok && value_text(line, "type", type);
	ok = ok && (events->dropped == 0 || value_integer(line, "dropped", events->dropped));
	while (ok && facts != NULL && facts->child != NULL)
		ok = add_fact(line, cJSON_DetachItemViaPointer(facts, facts->child));
	if (ok)
		text = cJSON_PrintUnformatted(line);
	cJSON_Delete(line);
	return text;
}

void events_emit(struct events *events, const char *type, cJSON *facts)
{
	own_mem char *text = events->fd >= 0 ? line_text(events, type, facts) : NULL;
	size_t n;

	cJSON_Delete(facts);
	if (events->fd < 0)
		return;
	if (text == NULL) {
		events->dropped++;
		return;
	}
	n = strlen(text);
	text[n] = '\n'; /* in place of the NUL: one write, one line */
	switch (put(events->fd, text, n + 1)) {
	case PUT_DONE:
		events->dropped = 0;
		break;
	case PUT_DROPPED:
		events->dropped++;
		break;
	case PUT_BROKEN:
		events_release(events);
		break;
	}
}
