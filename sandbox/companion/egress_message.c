#include "sandbox/companion/egress_message.h"

int egress_message_send(int socket, const struct egress_message *message,
	const struct packet_fds *fds, int flags, struct failure *f)
{
	return packet_send(socket, message, sizeof(*message), fds, flags, f);
}

/* A sender that was taken over may send anything. */
static void make_printable(char *text, size_t size)
{
	text[size - 1] = '\0';
	failure_sanitize(text);
}

int egress_message_receive(int socket, struct egress_message *ret, struct packet_fds *fds,
	int flags, struct failure *f)
{
	int got = packet_receive(socket, ret, sizeof(*ret), fds, flags, f);

	if (got <= 0)
		return got;
	switch (ret->type) {
	case EGRESS_READY:
		make_printable(ret->note, sizeof(ret->note));
		return 1;
	case EGRESS_RECORD:
		make_printable(ret->record.name, sizeof(ret->record.name));
		make_printable(ret->record.address, sizeof(ret->record.address));
		make_printable(ret->record.protocol, sizeof(ret->record.protocol));
		make_printable(ret->record.reason, sizeof(ret->record.reason));
		if (ret->record.verdict > EGRESS_BROKEN)
			return fail(f, 0, "the gateway sent a verdict that there is not");
		return 1;
	case EGRESS_FAILED:
		make_printable(ret->failure.step, sizeof(ret->failure.step));
		make_printable(ret->failure.what, sizeof(ret->failure.what));
		make_printable(ret->failure.remedy, sizeof(ret->failure.remedy));
		return 1;
	case EGRESS_NARROW:
		make_printable(ret->rule, sizeof(ret->rule));
		return 1;
	case EGRESS_LISTEN:
	case EGRESS_FINISH:
	case EGRESS_FINISHED:
		return 1;
	default:
		return fail(f, 0, "a message of the gateway has the unknown type %u", ret->type);
	}
}
