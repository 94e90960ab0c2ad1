/* sandbox/broker/grpc_callbacks.h: what nghttp2 says of either side: it is noted, and no more. */
#ifndef SANDBOX_BROKER_GRPC_CALLBACKS_H
#define SANDBOX_BROKER_GRPC_CALLBACKS_H

#include "sandbox/broker/grpc_call.h"

void grpc_callbacks_set(nghttp2_session_callbacks *callbacks, bool is_server);

#endif
