#include "sandbox/egress/carry.h"

#include "sandbox/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIPE_BYTES (256 * 1024) /* at once; where a user may not have so much, 64 KiB */
#define TURN_MOVES 8            /* by calls and not by bytes: one for a single byte costs as much */

static int fill(struct carry *carry, int from)
{
	ssize_t n;

	if (carry->pipe[0] < 0) {
		if (pipe2(carry->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
			return -1;
		fcntl(carry->pipe[1], F_SETPIPE_SZ, PIPE_BYTES);
	}
	n = splice(from, NULL, carry->pipe[1], NULL, PIPE_BYTES, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	if (n < 0)
		carry->readable = errno == EINTR;
	else if (n == 0)
		carry->ended = true;
	else
		carry->piped = (size_t)n;
	return 0;
}

static int drain(struct carry *carry, int to)
{
	ssize_t n = splice(
		carry->pipe[0], NULL, to, NULL, carry->piped, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	if (n < 0) {
		carry->writable = errno == EINTR;
		return 0;
	}
	carry->piped -= (size_t)n;
	carry->bytes += (uint64_t)n;
	return 0;
}

int carry_run(struct carry *carry, int from, int to)
{
	unsigned moves = 0;

	for (; moves < TURN_MOVES; moves++) {
		if (carry->piped == 0 && !carry->ended && carry->readable) {
			if (fill(carry, from) < 0)
				return -1;
		} else if (carry->piped > 0 && carry->writable) {
			if (drain(carry, to) < 0)
				return -1;
		} else {
			break;
		}
	}
	if (carry->piped == 0)
		carry_end(carry);
	if (carry->piped == 0 && carry->ended && !carry->shut) {
		carry->shut = true;
		shutdown(to, SHUT_WR);
	}
	return moves == TURN_MOVES ? 1 : 0;
}

void carry_end(struct carry *carry)
{
	own_fd_end(&carry->pipe[0]);
	own_fd_end(&carry->pipe[1]);
	carry->piped = 0;
}
