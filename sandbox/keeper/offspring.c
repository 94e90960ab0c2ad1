#include "sandbox/keeper/offspring.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/orders.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Start a child and hold the other end of its child_fd. */
int offspring_start(struct keeper *k, const char *what, uint64_t flags,
	void (*child_main)(struct keeper *), int *ret_fd, pid_t *ret_pid, struct failure *f)
{
	own_fd int pidfd = -1;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	pid = spawn(what, flags, -1, &pidfd, f);
	if (pid == 0) {
		close(pair[0]);
		k->child_fd = pair[1];
		child_main(k); /* does not return */
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -1;
	}
	*ret_fd = pair[0];
	*ret_pid = pid;
	return 0;
}

/* Wait until the child has become its program, or says why it could not. */
int offspring_become(struct keeper *k, int fd, int *ret_exit_code, struct failure *f)
{
	struct pollfd polls[] = { { .fd = fd, .events = POLLIN },
		{ .fd = k->ends.socket, .events = POLLRDHUP } };
	struct child_message message;
	int got;

	do {
		own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;

		while (poll(polls, ARRAY_LEN(polls), -1) < 0)
			if (errno != EINTR)
				return fail(f, errno, "wait for a child");
		if ((polls[1].revents & (POLLRDHUP | POLLHUP)) != 0)
			orders_gone();
		got = packet_receive(fd, &message, sizeof(message), &fds, 0, f);
		if (got > 0 && message.exit_code == 0)
			k->refusals_fd = own_fd_give(&fds.at[0]);
	} while (got > 0 && message.exit_code == 0);
	if (got <= 0)
		return got;
	*ret_exit_code = message.exit_code;
	*f = message.failure;
	return -1;
}

/* Wait for the fetcher, while the launcher lives. */
int offspring_wait(struct keeper *k, pid_t pid, int *ret_status, struct failure *f)
{
	own_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd polls[] = { { .fd = pidfd, .events = POLLIN },
		{ .fd = k->ends.socket, .events = POLLRDHUP } };

	if (pidfd < 0)
		return fail(f, errno, "watch the fetcher");
	do {
		if (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno != EINTR)
			return fail(f, errno, "wait for the fetcher");
		if ((polls[1].revents & (POLLRDHUP | POLLHUP)) != 0)
			orders_gone();
	} while ((polls[0].revents & POLLIN) == 0);
	return waitpid(pid, ret_status, 0) < 0 ? fail(f, errno, "reap the fetcher") : 0;
}

/* kill(2): -1 is everything in the namespace but PID 1. Wait for all of it, so that
 * what it used is counted and nothing holds a pipe open. */
void offspring_kill(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}
