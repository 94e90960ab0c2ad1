#include "sandbox/engine/control_channel.h"

#include "sandbox/base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>

int control_send(
	int socket, const struct control *control, const struct packet_fds *fds, struct failure *f)
{
	return packet_send(socket, control, sizeof(*control), fds, 0, f);
}

static int receive_now(int socket, struct control *ret, struct packet_fds *fds, struct failure *f)
{
	int got = packet_receive(socket, ret, sizeof(*ret), fds, MSG_DONTWAIT, f);

	if (got > 0)
		control_sanitize(ret);
	return got;
}

/* The deadline comes first: a peer that never stops talking is not heard for ever. */
int control_receive(int socket, struct control *ret, struct packet_fds *fds, uint64_t deadline_ms,
	struct failure *f)
{
	while (deadline_ms != CONTROL_NOW) {
		struct pollfd ready = { .fd = socket, .events = POLLIN };
		uint64_t now = clock_now_ms(), left = deadline_ms > now ? deadline_ms - now : 0;
		int got;

		if (left == 0)
			return fail(f, ETIME, "wait for a message");
		if (poll(&ready, 1, left < INT_MAX ? (int)left : INT_MAX) < 0 && errno != EINTR)
			return fail(f, errno, "wait for a message");
		got = receive_now(socket, ret, fds, f);
		if (got >= 0 || f->errnum != EAGAIN)
			return got;
	}
	return receive_now(socket, ret, fds, f);
}

static void tell_failure(int control, const struct failure *failure)
{
	struct control message = { .type = CONTROL_FAILED, .failure = *failure };
	struct failure unsent;

	control_send(control, &message, NULL, &unsent);
}

/* Its engine's socket is a file: it needs no network. */
const struct companion_kind broker_kind = {
	.name = "the broker",
	.program = "cofferdam-broker",
	.namespaces = CLONE_NEWNET,
	.descriptors = 2048,
	.tell_failure = tell_failure,
};
