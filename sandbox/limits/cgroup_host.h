/* sandbox/limits/cgroup_host.h: which cgroups this process is in, and what they allow.
 *
 * Internal to limits/ and to slurm/. Reads /proc/self/cgroup and /proc/self/mountinfo below
 * root; changes nothing.
 */
#ifndef SANDBOX_LIMITS_CGROUP_HOST_H
#define SANDBOX_LIMITS_CGROUP_HOST_H

#include "sandbox/base/failure.h"
#include "sandbox/limits/cgroup.h"

enum cgroup_controller {
	CONTROLLER_MEMORY = 1 << 0,
	CONTROLLER_CPU = 1 << 1,
	CONTROLLER_CPUACCT = 1 << 2, /* v1 only: v2 counts processor time in every group */
	CONTROLLER_PIDS = 1 << 3,
	CONTROLLER_IO = 1 << 4,      /* v1 calls it blkio */
	CONTROLLER_FREEZER = 1 << 5, /* v1 only: v2 has cgroup.freeze in every group */
};
/* A hierarchy with none of these limits nothing that we promise to limit. */
#define CONTROLLERS_THAT_LIMIT (CONTROLLER_MEMORY | CONTROLLER_CPU | CONTROLLER_PIDS)

/* Our own cgroup in one hierarchy. */
struct cgroup_place {
	unsigned controllers;         /* 0: this hierarchy has none that we use */
	size_t mount_length;          /* path[0..mount_length) is the mount point */
	char path[CGROUP_PATH_BYTES]; /* as the host names it, "" if not visible from here */
};

struct cgroup_host {
	bool v2_mounted;
	struct cgroup_place v2;
	size_t v1_n;
	struct cgroup_place v1[CGROUP_HIERARCHIES];
};

/* Fails only if the two files of /proc cannot be read. */
int cgroup_host_read(const char *root, struct cgroup_host *ret, struct failure *f);

/* The same of another process, "self" or its number, by the mounts that we see. */
int cgroup_host_read_of(
	const char *root, const char *process, struct cgroup_host *ret, struct failure *f);

/* Open a directory that the host names path, below root. O_PATH. -1 and errno. */
int cgroup_host_open(const char *root, const char *path);

/* The tightest limits that already stand on our own cgroup and on those above it. */
void cgroup_host_limits(const char *root, const struct cgroup_host *host, struct limits *ret);

/* The tightest limits on the group of a place and on those above it, down to the first
 * at_least bytes of its path, which are not looked at any more. */
void cgroup_host_limits_below(
	const char *root, const struct cgroup_place *place, size_t at_least, struct limits *ret);

/* "memory pids": the names of the bits, as v2 names them, or v1. Cut if it does not fit. */
void cgroup_controllers_text(unsigned controllers, bool v2, char *buf, size_t size);

/* The bits of the space- or comma-separated names. */
unsigned cgroup_controllers_parse(const char *names);

/* "memory 2147483648, pids 100": the limits that are set; "" if none. */
void cgroup_limits_text(const struct limits *limits, char *buf, size_t size);

/* Is there a disk that heeds weights: with bfq as its scheduler, or with io.cost on (cgroup v2)?
 * Without one the kernel takes a weight, and keeps it, and nothing comes of it. sys: "/sys". */
bool cgroup_weight_heeded(const char *sys);
#define CGROUP_WEIGHT_UNHEEDED                                                                     \
	"io weight: no disk here heeds it (root's part: echo bfq >/sys/block/DISK/queue/scheduler)"

#endif
