/* sandbox/docker/buildkit_solve.h: what a builder may ask of BuildKit, as rows.
 *
 * Pure     trees of proto.h in, trees out.
 * Why      a definition (LLB) of a client's own reaches the host's network and drops
 *          seccomp (sandbox/docker/README.md): only the engine's own Dockerfile frontend is
 *          let run, with attributes from a table (buildkit_attribute.h), and whatever it
 *          loads is denied by the source policy unless it was granted (source_policy.h).
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_SOLVE_H
#define SANDBOX_DOCKER_BUILDKIT_SOLVE_H

#include "sandbox/docker/schema.h"

extern const struct schema buildkit_schema;
extern const struct schema buildkit_status_schema;
extern const struct schema buildkit_workers_schema;
extern const struct schema buildkit_info_schema;
extern const struct schema buildkit_bridge_schema;
extern const struct schema bridge_ping_schema;
extern const struct schema bridge_return_schema;

#endif
