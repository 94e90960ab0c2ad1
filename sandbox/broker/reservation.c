#include "sandbox/broker/reservation.h"

#include <assert.h>

int reservation_take(struct reservation *reserved, struct ownership *own, enum object_kind kind,
	size_t n, struct refusal *r)
{
	assert(reserved->n == 0 || reserved->kind == kind);
	if (ownership_room(own, kind, n, r) < 0)
		return -1;
	own->reserved[kind] += n;
	*reserved = (struct reservation){ own, kind, reserved->n + n };
	return 0;
}

int reservation_intend(struct reservation *reserved, struct ownership *own, enum object_kind kind,
	const char *name, struct refusal *r)
{
	if (reservation_take(reserved, own, kind, 1, r) < 0)
		return -1;
	if (ownership_intend(own, kind, name, r) == 0)
		return 0;
	own->reserved[kind]--;
	reserved->n--;
	return -1;
}

void reservation_leave(struct reservation *reserved)
{
	if (reserved->n > 0)
		reserved->own->reserved[reserved->kind] -= reserved->n;
	reserved->n = 0;
}
