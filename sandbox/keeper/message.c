#include "sandbox/keeper/message.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Only what a type carries is sent: an eight kibibyte command is the exception. */
static size_t message_size(const struct message *message)
{
	switch (message->type) {
	case MESSAGE_MAPPED:
		return offsetof(struct message, ids) + sizeof(message->ids);
	case MESSAGE_BUILD:
		return sizeof(*message);
	case MESSAGE_FAILED:
		return offsetof(struct message, failure) + sizeof(message->failure);
	default:
		return offsetof(struct message, ids);
	}
}

int message_send(
	int socket, const struct message *message, const int *fds, size_t fds_n, struct failure *f)
{
	struct iovec part = { .iov_base = (void *)message, .iov_len = message_size(message) };
	union {
		char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (fds_n > 0) {
		struct cmsghdr *c = &control.align;

		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fds_n);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fds_n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fds_n);
	}
	do
		n = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? fail(f, errno, "send message %u", message->type) : 0;
}

static void take_descriptors(struct msghdr *header, int fds[MESSAGE_FDS])
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

int message_receive(int socket, struct message *ret, int fds[MESSAGE_FDS], struct failure *f)
{
	struct iovec part = { .iov_base = ret, .iov_len = sizeof(*ret) };
	union {
		char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS)];
		struct cmsghdr align;
	} control;
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	for (size_t i = 0; i < MESSAGE_FDS; i++)
		fds[i] = -1;
	/* A peer that ended with words of ours unread resets the connection, and its last own
	 * words stand behind that error (af_unix.c, unix_release_sock). */
	do
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n == 0)
		return 0;
	if (n < 0)
		return fail(f, errno, "receive a message");
	take_descriptors(&header, fds);
	if ((size_t)n < offsetof(struct message, ids) || (size_t)n != message_size(ret) ||
		(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		for (size_t i = 0; i < MESSAGE_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		return fail(f, 0, "a message of a size that its type does not have");
	}
	return 1;
}
