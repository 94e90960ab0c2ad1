#include "sandbox/launcher/relay.h"

#include "sandbox/base/hurry.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* O_NONBLOCK is a property of the open file, which ours share with others: open it again for
 * ourselves. */
int relay_reopen(int fd, int access)
{
	char path[32];
	struct stat st;

	if (fstat(fd, &st) < 0 || !(S_ISFIFO(st.st_mode) || isatty(fd)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* A disk may be slow, and /dev/null is never: they do not wait for somebody. */
static bool waits_for_others(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd);
}

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* All but the buffer: the pages of one that carries nothing are never touched. */
static void reset(struct relay *r)
{
	memset(r, 0, offsetof(struct relay, buffer));
}

void relay_input(struct relay *r, int from, int again, int to)
{
	set_nonblocking(to); /* our own end of our own pipe */
	reset(r);
	r->from = again >= 0 ? again : from;
	r->to = to;
	r->close_from = again >= 0;
	r->close_to = true;
	r->shared_from = again < 0 && waits_for_others(from);
}

void relay_output(struct relay *r, int from, int to, int again)
{
	/* Ours alone as well, and a builder with our id, or with --allow-chown, can open this
	 * end and take back what poll(2) saw. */
	set_nonblocking(from);
	reset(r);
	r->from = from;
	r->to = again >= 0 ? again : to;
	r->close_from = true;
	r->close_to = again >= 0;
	r->shared_to = again < 0 && waits_for_others(to);
}

void relay_poll(const struct relay *r, struct pollfd polls[2])
{
	polls[0] = (struct pollfd){ .fd = r->have == 0 ? r->from : -1, .events = POLLIN };
	polls[1] = (struct pollfd){ .fd = r->have > 0 ? r->to : -1, .events = POLLOUT };
}

static void close_from(struct relay *r)
{
	if (r->close_from && r->from >= 0)
		close(r->from);
	r->from = -1;
}

static void close_to(struct relay *r)
{
	if (r->close_to && r->to >= 0)
		close(r->to);
	r->to = -1;
}

/* Is it a reader that went away? A terminal that has hung up says EIO (tty_ioctl(4)), and so
 * does a disk that is broken. */
static bool is_reader_gone(int to, int errnum)
{
	struct stat st;

	return errnum == EPIPE || errnum == ECONNRESET ||
	       (errnum == EIO && fstat(to, &st) == 0 && S_ISCHR(st.st_mode));
}

/* Nothing more can be written. Close our end of the builder's pipe as well: its next write gets
 * SIGPIPE, as it would without us. */
static void stop_writing(struct relay *r, int errnum)
{
	if (!is_reader_gone(r->to, errnum))
		r->lost = errnum;
	close_to(r);
	r->have = r->at = 0;
	close_from(r);
}

static ssize_t put(const struct relay *r)
{
	const char *bytes = r->buffer + r->at;

	return r->shared_to ? hurry_write(r->to, bytes, r->have) : write(r->to, bytes, r->have);
}

static ssize_t take(struct relay *r, size_t room)
{
	return r->shared_from ? hurry_read(r->from, r->buffer, room)
			      : read(r->from, r->buffer, room);
}

static void flush(struct relay *r)
{
	while (r->have > 0) {
		ssize_t n = put(r);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			stop_writing(r, errno);
			return;
		}
		r->at += (size_t)n;
		r->have -= (size_t)n;
		if (r->shared_to)
			return; /* it may have waited: let the others have their turn */
	}
}

bool relay_pump(struct relay *r, const struct pollfd polls[2], uint64_t allowed)
{
	size_t room = allowed < sizeof(r->buffer) ? (size_t)allowed : sizeof(r->buffer);
	bool came = false;

	if (r->have > 0 && polls[1].revents != 0)
		flush(r);
	if (r->have == 0 && r->from >= 0 && polls[0].revents != 0 && room > 0) {
		ssize_t n = take(r, room);

		if (n > 0) {
			r->bytes += (uint64_t)n;
			r->have = (size_t)n;
			r->at = 0;
			came = true;
			if (r->to >= 0 && !r->shared_to)
				flush(r);
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			/* EIO is how a terminal says that nobody has it open (pty(7)). */
			close_from(r);
		}
	}
	if (r->from < 0 && r->have == 0 && r->to >= 0)
		close_to(r);
	return came;
}

bool relay_done(const struct relay *r)
{
	return r->from < 0 && r->have == 0;
}

void relay_close_from(struct relay *r)
{
	close_from(r);
}

void relay_release(struct relay *r)
{
	close_from(r);
	close_to(r);
	r->have = 0;
}
