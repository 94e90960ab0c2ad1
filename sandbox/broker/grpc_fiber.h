/* sandbox/broker/grpc_fiber.h: what of a call may wait, in a fiber of its own. */
#ifndef SANDBOX_BROKER_GRPC_FIBER_H
#define SANDBOX_BROKER_GRPC_FIBER_H

#include "sandbox/broker/grpc_call.h"

/* The request is complete: check it, and send it on or answer it. */
void grpc_fiber_carry_out(struct grpc_call *call);
/* The engine has said all of an answer that is written anew. */
void grpc_fiber_answer(struct grpc_call *call);

#endif
