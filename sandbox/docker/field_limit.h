/* sandbox/docker/field_limit.h: the run's limits, imposed on what a container asks for.
 *
 * Smaller is granted, larger and none become the run's own; without a limit of the run the
 * container's stands. Each container by itself: the sum of several is bounded by nothing.
 */
#ifndef SANDBOX_DOCKER_FIELD_LIMIT_H
#define SANDBOX_DOCKER_FIELD_LIMIT_H

#include "sandbox/docker/schema.h"

/* Checks of rows, as in field.h. */
int field_cpu_list(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_cpu_shares(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_ulimits(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
/* Of the new HostConfig: memory, swap, CPUs, processes and shared memory within the run's. */
int field_limits(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);

/* The options of one of HostConfig.Tmpfs. */
int field_tmpfs_options(cJSON *item, const struct policy *policy, struct refusal *r);

/* TmpfsOptions.SizeBytes of a mount of type tmpfs; without one it may take half of the
 * host's memory. */
int field_tmpfs_mount(cJSON *mount, const struct policy *policy, struct refusal *r);

#endif
