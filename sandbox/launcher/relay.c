#include "sandbox/launcher/relay.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

void relay_input(struct relay *r, int from, int to)
{
	*r = (struct relay){ .from = from, .to = to, .close_to = true, .chunk = sizeof(r->buffer) };
	fcntl(to, F_SETFL, fcntl(to, F_GETFL) | O_NONBLOCK); /* our own end of our own pipe */
}

/* O_NONBLOCK is a property of the open file, which our stdout shares with others: open it
 * again for ourselves. */
int relay_reopen(int to)
{
	char path[32];
	struct stat st;

	if (fstat(to, &st) < 0 || !(S_ISFIFO(st.st_mode) || isatty(to)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void relay_output(struct relay *r, int from, int to, int again)
{
	struct stat st;
	bool regular = fstat(to, &st) == 0 && S_ISREG(st.st_mode);

	/* Ours alone as well, and a builder with our id, or with --allow-chown, can open this
	 * end and take back what poll(2) saw. */
	fcntl(from, F_SETFL, fcntl(from, F_GETFL) | O_NONBLOCK);
	*r = (struct relay){
		.from = from,
		.to = again >= 0 ? again : to,
		.close_from = true,
		.close_to = again >= 0,
		/* A write of PIPE_BUF bytes to a pipe that is ready does not block (pipe(7)),
		 * which is what is left where it could not be opened again. */
		.chunk = again >= 0 || regular ? sizeof(r->buffer) : PIPE_BUF,
	};
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

/* The reader is gone. Close our end of the builder's pipe as well: its next write gets
 * SIGPIPE, as it would without us. */
static void reader_gone(struct relay *r)
{
	close_to(r);
	r->have = r->at = 0;
	close_from(r);
}

static void flush(struct relay *r)
{
	while (r->have > 0) {
		size_t part = r->have < r->chunk ? r->have : r->chunk;
		ssize_t n = write(r->to, r->buffer + r->at, part);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			reader_gone(r);
			return;
		}
		r->at += (size_t)n;
		r->have -= (size_t)n;
		if (r->chunk < sizeof(r->buffer))
			return; /* it may block: ask again whether it is ready */
	}
}

bool relay_pump(struct relay *r, const struct pollfd polls[2], uint64_t allowed)
{
	size_t room = allowed < sizeof(r->buffer) ? (size_t)allowed : sizeof(r->buffer);
	bool came = false;

	if (r->have > 0 && polls[1].revents != 0)
		flush(r);
	if (r->have == 0 && r->from >= 0 && polls[0].revents != 0 && room > 0) {
		ssize_t n = read(r->from, r->buffer, room);

		if (n > 0) {
			r->bytes += (uint64_t)n;
			r->have = (size_t)n;
			r->at = 0;
			came = true;
			if (r->to >= 0 && r->chunk == sizeof(r->buffer))
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
