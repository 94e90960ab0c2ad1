/* sandbox/keeper/orders.h: the keeper's end of the messages (message.h).
 *
 * When the launcher is gone, so is everything here: no order is waited for from nobody.
 */
#ifndef SANDBOX_KEEPER_ORDERS_H
#define SANDBOX_KEEPER_ORDERS_H

#include "sandbox/keeper/inside.h"

/* Wait for a message of this type (or of the other one, if that is not 0). */
int orders_expect(
	struct keeper *k, uint32_t type, uint32_t other, struct message *ret, struct failure *f);
int orders_tell(struct keeper *k, uint32_t type, int status, struct failure *f);

void orders_gone(void) __attribute__((noreturn));

#endif
