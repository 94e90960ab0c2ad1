/* sandbox/docker/limit.h: the run's limits, imposed on what a container asks for.
 *
 * Smaller is granted, larger and none become the run's own; without a limit of the run the
 * container's stands. Each container by itself: the sum of several is bounded by nothing.
 * The checks themselves (tmpfs, ulimits, the limits of HostConfig) are in field.h.
 */
#ifndef SANDBOX_DOCKER_LIMIT_H
#define SANDBOX_DOCKER_LIMIT_H

#include "sandbox/docker/policy.h"
#include "sandbox/docker/refusal.h"

#include <cjson/cJSON.h>

/* TmpfsOptions.SizeBytes of a mount of type tmpfs; without one it may take half of the
 * host's memory. */
int limit_tmpfs_mount(cJSON *mount, const struct policy *policy, struct refusal *r);

#endif
