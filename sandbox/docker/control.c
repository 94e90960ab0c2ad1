#include "sandbox/docker/control.h"

#include "sandbox/base/own.h"

#include <string.h>
#include <sys/socket.h>

const char *object_kind_name(enum object_kind kind)
{
	static const char *const names[OBJECT_KINDS] = {
		[OBJECT_CONTAINER] = "container",
		[OBJECT_EXEC] = "exec",
		[OBJECT_NETWORK] = "network",
		[OBJECT_VOLUME] = "volume",
		[OBJECT_IMAGE] = "image",
		[OBJECT_TAG] = "tag",
	};

	return kind < OBJECT_KINDS ? names[kind] : "object";
}

int control_send(int socket, const struct control *control, const int *fds, unsigned fds_n,
	struct failure *f)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} ancillary = { 0 };
	struct iovec part = { .iov_base = (void *)control, .iov_len = sizeof(*control) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (fds_n > 0) {
		struct cmsghdr *c;

		message.msg_control = ancillary.room;
		message.msg_controllen = CMSG_SPACE(fds_n * sizeof(int));
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds_n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fds_n * sizeof(int));
	}
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*control) ? 0 : fail(f, errno, "send word %u", control->type);
}

/* The kernel has made as many descriptors ours as came; what is more than two is closed. */
static void take_descriptors(struct msghdr *message, int fds[2])
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (i < 2 && fds[i] < 0)
				fds[i] = fd;
			else
				close(fd);
		}
	}
}

#define END_TEXT(array)                                                                            \
	do {                                                                                       \
		(array)[sizeof(array) - 1] = '\0';                                                 \
		failure_sanitize(array);                                                           \
	} while (0)

static void end_texts(struct control *control)
{
	switch (control->type) {
	case CONTROL_REFUSED:
		END_TEXT(control->refused.method);
		END_TEXT(control->refused.path);
		END_TEXT(control->refused.reason);
		break;
	case CONTROL_MADE:
	case CONTROL_GONE:
	case CONTROL_LEFT:
	case CONTROL_DROP:
	case CONTROL_KEPT:
		END_TEXT(control->object.id);
		END_TEXT(control->object.note);
		break;
	case CONTROL_FAILED:
		END_TEXT(control->failure.step);
		END_TEXT(control->failure.what);
		END_TEXT(control->failure.remedy);
		break;
	case CONTROL_READY:
	case CONTROL_CLEANED:
		END_TEXT(control->note);
		break;
	default:
		break;
	}
}

int control_receive(int socket, struct control *ret, int fds[2], int wait, struct failure *f)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(8 * sizeof(int))];
	} ancillary;
	struct iovec part = { .iov_base = ret, .iov_len = sizeof(*ret) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = ancillary.room,
		.msg_controllen = sizeof(ancillary.room) };
	ssize_t n;

	fds[0] = fds[1] = -1;
	/* ECONNRESET: it ended with words of ours unread; its own last words come after that. */
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n == 0)
		return 0;
	if (n < 0)
		return fail(f, errno, "receive a word");
	take_descriptors(&message, fds);
	if (n != (ssize_t)sizeof(*ret) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		own_fd_end(&fds[0]);
		own_fd_end(&fds[1]);
		return fail(f, 0, "a word of %zd bytes came", n);
	}
	end_texts(ret);
	return 1;
}
