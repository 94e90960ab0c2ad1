#include "sandbox/keeper/message.h"

#include <stddef.h>

/* Only what a type carries is sent: an eight kibibyte command is the exception. */
static size_t message_size(const struct message *message)
{
	switch (message->type) {
	case MESSAGE_MAPPED:
		return offsetof(struct message, ids) + sizeof(message->ids);
	case MESSAGE_BUILD:
		return sizeof(*message);
	case MESSAGE_PUBLIC:
		return message->public.n > ETC_PUBLIC_MAX
			       ? 0
			       : offsetof(struct message, public.entries) +
					 message->public.n * sizeof(message->public.entries[0]);
	case MESSAGE_FAILED:
		return offsetof(struct message, failure) + sizeof(message->failure);
	default:
		return offsetof(struct message, ids);
	}
}

int message_send(
	int socket, const struct message *message, const struct packet_fds *fds, struct failure *f)
{
	return packet_send(socket, message, message_size(message), fds, 0, f);
}

int message_receive(int socket, struct message *ret, struct packet_fds *fds, struct failure *f)
{
	ssize_t n = packet_receive_most(socket, ret, sizeof(*ret), fds, 0, f);

	if (n <= 0)
		return (int)n;
	if ((size_t)n >= offsetof(struct message, ids) && (size_t)n == message_size(ret))
		return 1;
	packet_fds_end(fds);
	return fail(f, 0, "a message of a size that its type does not have");
}
