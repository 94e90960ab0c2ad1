#include "sandbox/broker/broker.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/packet.h"
#include "sandbox/docker/control.h"

#include <errno.h>

#define TELL_MS 5000 /* for a launcher that lives to read what stands in the socket */

void broker_making(struct broker *b, enum object_kind kind, size_t n)
{
	b->own.making[kind] += n;
}

void broker_made(struct broker *b, enum object_kind kind, size_t n)
{
	b->own.making[kind] -= n;
	endpoint_poke(&b->made);
}

bool broker_tell(struct broker *b, const struct control *control)
{
	struct wait room = { &b->control, WAIT_OUT };
	struct failure f;

	while (packet_send(b->control.fd, control, sizeof(*control), NULL, 0, &f) < 0) {
		if (f.errnum != EAGAIN || b->loop.current == NULL)
			return false;
		b->control.out = false;
		if (!fiber_wait(&b->loop, &room, 1, clock_now_ms() + TELL_MS))
			return false; /* nor will it read this one */
	}
	return true;
}
