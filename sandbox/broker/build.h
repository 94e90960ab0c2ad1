/* sandbox/broker/build.h: docker build, by the classic builder. */
#ifndef SANDBOX_BROKER_BUILD_H
#define SANDBOX_BROKER_BUILD_H

#include "sandbox/broker/exchange.h"

int build_carry_out(struct exchange *x);

#endif
