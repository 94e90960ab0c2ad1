#include "sandbox/egress/carry.h"

#include "sandbox/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIPE_BYTES (1024 * 1024) /* at once; /proc/sys/fs/pipe-max-size, as most have it */
#define TURN_MOVES 4 /* by calls and not by bytes: one for a single byte costs as much */

static void move_pipe(int to[2], int from[2])
{
	memcpy(to, from, 2 * sizeof(int));
	from[0] = from[1] = -1;
}

/* A narrow one, where no wide one is left or the kernel gives none. */
static int take_pipe(struct carry *carry, struct carry_wide *wide)
{
	if (wide->idle_n > 0) {
		move_pipe(carry->pipe, wide->idle[--wide->idle_n]);
		carry->is_wide = true;
		return 0;
	}
	if (pipe2(carry->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	carry->is_wide =
		wide->made_n < CARRY_WIDE && fcntl(carry->pipe[1], F_SETPIPE_SZ, PIPE_BYTES) >= 0;
	wide->made_n += carry->is_wide;
	return 0;
}

/* It is empty. */
static void give_back_pipe(struct carry *carry, struct carry_wide *wide)
{
	if (!carry->is_wide) {
		carry_end(carry, wide);
		return;
	}
	move_pipe(wide->idle[wide->idle_n++], carry->pipe);
	carry->is_wide = false;
}

static int fill(struct carry *carry, int from, struct carry_wide *wide)
{
	ssize_t n;

	if (carry->pipe[0] < 0 && take_pipe(carry, wide) < 0)
		return -1;
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

int carry_run(struct carry *carry, int from, int to, struct carry_wide *wide)
{
	unsigned moves = 0;

	for (; moves < TURN_MOVES; moves++) {
		if (carry->piped == 0 && !carry->ended && carry->readable) {
			if (fill(carry, from, wide) < 0)
				return -1;
		} else if (carry->piped > 0 && carry->writable) {
			if (drain(carry, to) < 0)
				return -1;
		} else {
			break;
		}
	}
	if (carry->piped == 0)
		give_back_pipe(carry, wide);
	if (carry->piped == 0 && carry->ended && !carry->shut) {
		carry->shut = true;
		shutdown(to, SHUT_WR);
	}
	return moves == TURN_MOVES ? 1 : 0;
}

void carry_end(struct carry *carry, struct carry_wide *wide)
{
	wide->made_n -= carry->is_wide;
	carry->is_wide = false;
	own_fd_end(&carry->pipe[0]);
	own_fd_end(&carry->pipe[1]);
	carry->piped = 0;
}
