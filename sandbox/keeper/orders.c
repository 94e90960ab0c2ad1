#include "sandbox/keeper/orders.h"

#include <unistd.h>

/* The launcher is gone, so everything ends: with PID 1 goes every process of the
 * namespace (pid_namespaces(7)). */
void orders_gone(void)
{
	_exit(1);
}

/* Wait for a message of this type (or of the other one, if that is not 0). */
int orders_expect(
	struct keeper *k, uint32_t type, uint32_t other, struct message *ret, struct failure *f)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE; /* none is due */
	int got = message_receive(k->ends.socket, ret, &fds, f);

	if (got == 0)
		orders_gone();
	if (got < 0)
		return -1;
	if (ret->type != type && (other == 0 || ret->type != other))
		return fail(f, 0, "message %u came where %u was due", ret->type, type);
	return 0;
}

int orders_tell(struct keeper *k, uint32_t type, int status, struct failure *f)
{
	struct message message = { .type = type, .status = status };

	return message_send(k->ends.socket, &message, NULL, f);
}
