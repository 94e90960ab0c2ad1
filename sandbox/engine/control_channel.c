#include "sandbox/engine/control_channel.h"

int control_send(
	int socket, const struct control *control, const struct packet_fds *fds, struct failure *f)
{
	return packet_send(socket, control, sizeof(*control), fds, 0, f);
}

int control_receive(
	int socket, struct control *ret, struct packet_fds *fds, bool wait, struct failure *f)
{
	int got = packet_receive(socket, ret, sizeof(*ret), fds, wait ? 0 : MSG_DONTWAIT, f);

	if (got > 0)
		control_sanitize(ret);
	return got;
}
