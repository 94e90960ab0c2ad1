/* sandbox/limits/cgroup_driver.h: what the drivers of cgroups have in common.
 *
 * Internal to limits/ and to slurm/. cgroup.c has a driver do each thing: cgroup_v1.c and cgroup_v2.c know
 * the parents and the files, cgroup_scope.c how to get a parent from systemd.
 */
#ifndef SANDBOX_LIMITS_CGROUP_DRIVER_H
#define SANDBOX_LIMITS_CGROUP_DRIVER_H

#include "sandbox/limits/cgroup.h"

#define CGROUP_RUN_PREFIX  "cofferdam-"
#define CGROUP_UID_PREFIX  "cofferdam-uid-"
#define CGROUP_LAUNCHERS   "cofferdam-launchers"
#define CGROUP_BESIDE      ".cofferdam" /* behind the name of the group that it lies beside */
#define CGROUP_RUN_ID_SIZE 32

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

/* The directory path below root, which root has handed over, open and held: while anybody
 * holds it gc leaves it, also as long as nothing is in it. -1 and errno. */
int cgroup_hold(const char *root, const char *path);

/* One limit that is a plain number: write it, read it back, compare. granularity: by
 * how much the kernel may round down (a page), 0 for not at all. */
int cgroup_limit_number(int fd, const char *file, uint64_t value, uint64_t granularity,
	uint64_t *ret_applied, struct failure *f);

typedef int cgroup_setter(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f);

/* How a driver sets each limit, and which controllers it has. */
struct cgroup_setters {
	bool (*has)(const struct cgroup *cg, unsigned controller);
	cgroup_setter *memory, *cpu, *pids, *io;
};

/* Every limit whose controller is there, asked for or not; one that was asked for and whose
 * controller is not there is missing. */
int cgroup_limit_each(struct cgroup *cg, const struct cgroup_setters *setters,
	const struct limits *limits, struct limits *applied, struct failure *f);

/* The v2 scale of io weights (1 to 10000, default 100) on bfq's (1 to 1000, default 100). */
uint64_t cgroup_bfq_weight(uint64_t io_weight);

/* "cofferdam-<32 hex>": the id in it, or NULL. */
const char *cgroup_run_id(const char *name);

#endif
