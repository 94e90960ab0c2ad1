/* sandbox/limits/cgroup_v2.h: one hierarchy, delegated. Internal to limits/. */
#ifndef SANDBOX_LIMITS_CGROUP_V2_H
#define SANDBOX_LIMITS_CGROUP_V2_H

#include "sandbox/limits/cgroup_host.h"

/* Take the hierarchies where we may make directories into cg->at and return true; or
 * return false with the cause in why. */
bool cgroup_v2_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	char *why, size_t why_size);

/* See cgroup_prepare(). */
int cgroup_v2_prepare(const char *root, const struct cgroup_host *host, uid_t uid, gid_t gid,
	pid_t front, struct failure *f);

/* Make the parent give its controllers to its children, stepping out of it first if
 * we stand in it; and the way back. */
int cgroup_v2_open_parent(struct cgroup *cg, struct failure *f);
void cgroup_v2_close_parent(struct cgroup *cg);

/* Write the limits into directories that exist, read them back into *applied, which
 * starts as limits_none. What cannot be limited is named in cg->detail. */
int cgroup_v2_limit(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f);

void cgroup_v2_usage(const struct cgroup *cg, struct cgroup_usage *ret);

#endif
