/* sandbox/limits/cgroup_scope.h: a delegated v2 group from systemd. Internal to limits/. */
#ifndef SANDBOX_LIMITS_CGROUP_SCOPE_H
#define SANDBOX_LIMITS_CGROUP_SCOPE_H

#include "sandbox/limits/cgroup_host.h"

/* Have a scope from the manager, and with it a delegated v2 group; cg->detail says so. Else
 * false, with the cause in why, which stays empty if there is no manager to ask. */
bool cgroup_scope_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	const struct cgroup_manager *manager, char *why, size_t why_size);

#endif
