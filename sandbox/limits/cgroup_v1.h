/* sandbox/limits/cgroup_v1.h: several hierarchies, one for each controller or two. Internal to limits/. */
#ifndef SANDBOX_LIMITS_CGROUP_V1_H
#define SANDBOX_LIMITS_CGROUP_V1_H

#include "sandbox/limits/cgroup_host.h"

/* Take the hierarchies where we may make directories into cg->at and return true; or
 * return false with the cause in why, and what has been opened to be released. */
bool cgroup_v1_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	char *why, size_t why_size);

/* See cgroup_prepare(). */
int cgroup_v1_prepare(
	const char *root, const struct cgroup_host *host, uid_t uid, gid_t gid, struct failure *f);

/* Write the limits into directories that exist, read them back into *applied, which
 * starts as limits_none. What cannot be limited is named in cg->detail. */
int cgroup_v1_limit(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f);

void cgroup_v1_usage(const struct cgroup *cg, struct cgroup_usage *ret);

#endif
