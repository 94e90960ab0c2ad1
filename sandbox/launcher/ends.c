#include "sandbox/launcher/ends.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int make_pair(int *ret_ours, int *ret_theirs, struct failure *f)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

/* A builder with an id of its own opens its end again by /dev/stdout or /proc/self/fd, in the
 * direction that it has, as it could if the pipe were its user's. Nobody else gets at it: that
 * needs the right to trace one of us. */
static int make_pipe(int *ret_ours, int *ret_theirs, bool they_read, struct failure *f)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	if (fchmod(pair[0], they_read ? 0444 : 0222) < 0)
		return fail(f, errno, "let the builder open its end of a pipe");
	*ret_theirs = pair[they_read ? 0 : 1];
	*ret_ours = pair[they_read ? 1 : 0];
	return 0;
}

int ends_make_stdio(int ours[3], int theirs[3], const bool through_terminal[3], struct failure *f)
{
	for (int i = 0; i < 3; i++)
		if (!through_terminal[i] && make_pipe(&ours[i], &theirs[i], i == 0, f) < 0)
			return -1;
	return 0;
}

int ends_make(struct ends *ends, const struct plan *plan, struct failure *f)
{
	const bool through_terminal[] = { plan->tty, plan->tty_out, plan->tty_err };
	void *page;

	if (make_pair(&ends->socket, &ends->theirs.socket, f) < 0)
		return -1;
	if (plan->source.kind != SOURCE_NONE &&
		make_pair(&ends->records, &ends->theirs.records, f) < 0)
		return -1;
	if (ends_make_stdio(ends->stdio, ends->theirs.stdio, through_terminal, f) < 0)
		return -1;
	if (plan->door && make_pair(&ends->door, &ends->theirs.door, f) < 0)
		return -1;
	page = mmap(NULL, sizeof(*ends->page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	if (page == MAP_FAILED)
		return fail(f, errno, "share a page with the keeper");
	ends->page = page;
	return 0;
}

void ends_close_theirs(struct ends *ends)
{
	own_fd_end(&ends->theirs.socket);
	own_fd_end(&ends->theirs.records);
	own_fd_end(&ends->theirs.door);
	for (int i = 0; i < 3; i++)
		own_fd_end(&ends->theirs.stdio[i]);
}

void ends_release(struct ends *ends)
{
	ends_close_theirs(ends);
	own_fd_end(&ends->socket);
	own_fd_end(&ends->records);
	own_fd_end(&ends->door);
	own_fd_end(&ends->work_fd);
	own_fd_end(&ends->user_fd);
	for (int i = 0; i < 3; i++)
		own_fd_end(&ends->stdio[i]);
	if (ends->page != NULL)
		munmap(ends->page, sizeof(*ends->page));
	ends->page = NULL;
}
