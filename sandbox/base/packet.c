#include "sandbox/base/packet.h"

#include "sandbox/base/own.h"

#include <assert.h>
#include <string.h>

/* Aligned as the kernel's macros need it. */
union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(PACKET_FDS * sizeof(int))];
};

void packet_fds_end(struct packet_fds *fds)
{
	for (size_t i = 0; i < PACKET_FDS; i++)
		own_fd_end(&fds->at[i]);
	fds->n = 0;
}

static void put_descriptors(
	struct msghdr *header, union ancillary *room, const struct packet_fds *fds)
{
	size_t bytes = fds->n * sizeof(int);

	assert(fds->n <= PACKET_FDS);
	memset(room, 0, sizeof(*room));
	room->header.cmsg_level = SOL_SOCKET;
	room->header.cmsg_type = SCM_RIGHTS;
	room->header.cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(&room->header), fds->at, bytes);
	header->msg_control = room->bytes;
	header->msg_controllen = CMSG_SPACE(bytes);
}

int packet_send(int socket, const void *bytes, size_t n, const struct packet_fds *fds, int flags,
	struct failure *f)
{
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = n };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	union ancillary room;
	ssize_t sent;

	if (fds != NULL && fds->n > 0)
		put_descriptors(&header, &room, fds);
	do
		sent = sendmsg(socket, &header, MSG_NOSIGNAL | flags);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return fail(f, errno, "send a message");
	return (size_t)sent == n ? 0 : fail(f, EIO, "send a message");
}

/* The kernel has made all of them ours, and its rounding of the room may have let one more in
 * than there is a place for. */
static void take_descriptors(struct msghdr *header, struct packet_fds *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (ret->n < PACKET_FDS)
				ret->at[ret->n++] = fd;
			else
				close(fd);
		}
	}
}

ssize_t packet_receive_most(
	int socket, void *ret, size_t size, struct packet_fds *fds, int flags, struct failure *f)
{
	struct iovec part = { .iov_base = ret, .iov_len = size };
	union ancillary room;
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (fds != NULL) {
		*fds = (struct packet_fds)PACKET_FDS_NONE;
		header.msg_control = room.bytes;
		header.msg_controllen = sizeof(room.bytes);
	}
	/* A peer that ended with messages of ours unread resets the connection, and its own last
	 * ones stand behind that error (af_unix.c, unix_release_sock). */
	do
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return fail(f, errno, "receive a message");
	if (fds != NULL)
		take_descriptors(&header, fds);
	if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return n;
	if (fds != NULL)
		packet_fds_end(fds);
	return fail(f, 0, "a message has more than its type may have");
}

int packet_receive(
	int socket, void *ret, size_t size, struct packet_fds *fds, int flags, struct failure *f)
{
	ssize_t n = packet_receive_most(socket, ret, size, fds, flags, f);

	if (n <= 0)
		return (int)n;
	if ((size_t)n == size)
		return 1;
	if (fds != NULL)
		packet_fds_end(fds);
	return fail(f, 0, "a message of %zd bytes, not of %zu", n, size);
}
