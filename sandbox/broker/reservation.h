/* sandbox/broker/reservation.h: room for what is being made, from the look at it to the record.
 *
 * Whoever looks whether there is room, and takes it once the engine has answered something else,
 * finds it taken by all who looked meanwhile. So looking is taking; and what is taken is given back
 * when the object is recorded, which counts by itself from then on, or when it was not made.
 */
#ifndef SANDBOX_BROKER_RESERVATION_H
#define SANDBOX_BROKER_RESERVATION_H

#include "sandbox/broker/ownership.h"

/* Zero-initialised holds nothing. */
struct reservation {
	struct ownership *own;
	enum object_kind kind;
	size_t n;
};

/* So many more, all of one kind. 429 if there is no room. */
int reservation_take(struct reservation *reserved, struct ownership *own, enum object_kind kind,
	size_t n, struct refusal *r);
/* One more, and the intent is written into the journal. */
int reservation_intend(struct reservation *reserved, struct ownership *own, enum object_kind kind,
	const char *name, struct refusal *r);
/* Once more changes nothing. */
void reservation_leave(struct reservation *reserved);

#define own_reservation __attribute__((cleanup(reservation_leave)))

#endif
