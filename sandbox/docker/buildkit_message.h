/* sandbox/docker/buildkit_message.h: the messages of BuildKit's calls, as they are on the wire.
 *
 * Pure     descriptions for proto.h. What may stand in a field is said by the rows of
 *          buildkit_solve.h.
 * Source   moby/buildkit: api/services/control/control.proto, frontend/gateway/pb/gateway.proto,
 *          sourcepolicy/pb/policy.proto
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_MESSAGE_H
#define SANDBOX_DOCKER_BUILDKIT_MESSAGE_H

#include "sandbox/docker/proto.h"

extern const struct proto_message buildkit_request; /* Control/Solve */
extern const struct proto_message buildkit_response;
extern const struct proto_message buildkit_status_request; /* Control/Status */
extern const struct proto_message buildkit_workers_request;
extern const struct proto_message buildkit_workers_response; /* Control/ListWorkers */
extern const struct proto_message buildkit_info_request;
extern const struct proto_message buildkit_info_response;  /* Control/Info */
extern const struct proto_message buildkit_bridge_request; /* LLBBridge/Solve */
extern const struct proto_message bridge_ping_request;
extern const struct proto_message bridge_ping_response;
extern const struct proto_message bridge_return_request;

#endif
