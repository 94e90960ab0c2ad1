/* sandbox/limits/cgroup_driver.h: what differs between cgroup v1 and v2.
 *
 * Internal to limits/. cgroup.c does what both have in common (directories, names,
 * removal); cgroup_v1.c and cgroup_v2.c know the parents and the files.
 */
#ifndef SANDBOX_LIMITS_CGROUP_DRIVER_H
#define SANDBOX_LIMITS_CGROUP_DRIVER_H

#include "sandbox/limits/cgroup.h"
#include "sandbox/limits/cgroup_host.h"

#define CGROUP_RUN_PREFIX  "cofferdam-"
#define CGROUP_UID_PREFIX  "cofferdam-uid-"
#define CGROUP_LAUNCHERS   "cofferdam-launchers"
#define CGROUP_RUN_ID_SIZE 32

/* Take the hierarchies where we may make directories into cg->at and return true; or
 * return false with the cause in why. */
bool cgroup_v1_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	char *why, size_t why_size);
bool cgroup_v2_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	char *why, size_t why_size);

/* Have a scope from the manager, and with it a delegated v2 group; cg->detail says so. */
bool cgroup_scope_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	const struct cgroup_manager *manager, char *why, size_t why_size);

/* See cgroup_prepare(). */
int cgroup_v1_prepare(
	const char *root, const struct cgroup_host *host, uid_t uid, gid_t gid, struct failure *f);
int cgroup_v2_prepare(
	const char *root, const struct cgroup_host *host, uid_t uid, gid_t gid, struct failure *f);

/* Make the parent give its controllers to its children, stepping out of it first if
 * we stand in it; and the way back. */
int cgroup_v2_open_parent(struct cgroup *cg, struct failure *f);
void cgroup_v2_close_parent(struct cgroup *cg);

/* Write the limits into directories that exist, read them back into *applied, which
 * starts as cgroup_no_limits. What cannot be limited is named in cg->detail. */
int cgroup_v1_limit(struct cgroup *cg, const struct cgroup_limits *limits,
	struct cgroup_limits *applied, struct failure *f);
int cgroup_v2_limit(struct cgroup *cg, const struct cgroup_limits *limits,
	struct cgroup_limits *applied, struct failure *f);

void cgroup_v1_usage(const struct cgroup *cg, struct cgroup_usage *ret);
void cgroup_v2_usage(const struct cgroup *cg, struct cgroup_usage *ret);

/* Shared by both, in cgroup.c. */

/* Append "; fmt" to cg->detail, once. */
void cgroup_detail(struct cgroup *cg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put "fmt; " before it, once: a limit that is not there, and why. Who has room for less than
 * all of it is to be told this. */
void cgroup_missing(struct cgroup *cg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* May the effective user make directories in fd and write these files of it? */
bool cgroup_may_use(int fd, const char *const files[]);

/* Make (or take over) "cofferdam-uid-<uid>" in parent_fd for uid:gid; the files named
 * are handed over as well. *ret_fd is the caller's. */
int cgroup_make_uid_dir(int parent_fd, uid_t uid, gid_t gid, const char *const files[], int *ret_fd,
	struct failure *f);

/* One limit that is a plain number: write it, read it back, compare. granularity: by
 * how much the kernel may round down (a page), 0 for not at all. */
int cgroup_limit_number(int fd, const char *file, uint64_t value, uint64_t granularity,
	uint64_t *ret_applied, struct failure *f);

/* The v2 scale of io weights (1 to 10000, default 100) on bfq's (1 to 1000, default 100). */
uint32_t cgroup_bfq_weight(uint32_t io_weight);

/* Kill and remove one directory below parent_fd, with what is in it. */
void cgroup_tree_kill(int dir_fd, const char *name);
bool cgroup_tree_remove(int parent_fd, const char *name, unsigned timeout_ms, int *ret_errnum);

/* "cofferdam-<32 hex>": the id in it, or NULL. */
const char *cgroup_run_id(const char *name);

#endif
