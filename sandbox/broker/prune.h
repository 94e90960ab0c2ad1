/* sandbox/broker/prune.h: docker container prune and its like: what of the run's own nobody uses. */
#ifndef SANDBOX_BROKER_PRUNE_H
#define SANDBOX_BROKER_PRUNE_H

#include "sandbox/broker/exchange.h"

int prune_carry_out(struct exchange *x);

#endif
