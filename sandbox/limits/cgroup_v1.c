/* sandbox/limits/cgroup_v1.c: one directory per hierarchy, each with a few controllers.
 *
 * A v1 directory needs no permission above it: whoever may make it and owns the
 * process may move the process in, so a directory handed over by root is enough.
 */
#include "sandbox/limits/cgroup_v1.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const v1_files[] = { "cgroup.procs", NULL };
static const char *const no_files[] = { NULL };

/* The directory of this hierarchy in which we may make ours: the one that root
 * handed over, else our own cgroup. The path is written to ret_path. */
static int v1_parent(const char *root, const struct cgroup_place *place, char *ret_path)
{
	char path[CGROUP_PATH_BYTES + 32];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" CGROUP_UID_PREFIX "%u", place->path, geteuid());
	own_fd int handed = cgroup_hold(root, path);
	if (handed >= 0 && strlen(path) < CGROUP_PATH_BYTES && fstat(handed, &st) == 0 &&
		st.st_uid == geteuid() && cgroup_may_use(handed, no_files)) {
		strcpy(ret_path, path);
		return own_fd_give(&handed);
	}

	own_fd int own = cgroup_host_open(root, place->path);
	if (own < 0)
		return -1;
	if (!cgroup_may_use(own, v1_files)) {
		errno = EACCES;
		return -1;
	}
	strcpy(ret_path, place->path);
	return own_fd_give(&own);
}

bool cgroup_v1_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	char *why, size_t why_size)
{
	unsigned found = 0, refused = 0;
	const char *example = "";
	size_t n = 0;

	for (size_t i = 0; i < host->v1_n; i++) {
		const struct cgroup_place *place = &host->v1[i];

		if (place->path[0] == '\0')
			continue;
		cg->at[n].parent_fd = v1_parent(root, place, cg->at[n].path);
		if (cg->at[n].parent_fd < 0) {
			if (refused == 0 || (place->controllers & CONTROLLER_MEMORY) != 0)
				example = place->path;
			refused |= place->controllers;
			continue;
		}
		cg->at[n++].controllers = place->controllers;
		found |= place->controllers;
	}
	if ((found & CONTROLLERS_THAT_LIMIT) == 0) {
		if (refused != 0)
			snprintf(why, why_size, "v1: %s is not writable for uid %u", example,
				geteuid());
		else
			snprintf(why, why_size, "v1: none mounted");
		return false;
	}

	char names[64];
	cg->driver = CGROUP_V1;
	cgroup_controllers_text(found, false, names, sizeof(names));
	cgroup_detail(cg, "v1 hierarchies: %s", names);
	if (refused != 0) {
		cgroup_controllers_text(refused, false, names, sizeof(names));
		cgroup_detail(cg, "not writable: %s", names);
	}
	return true;
}

int cgroup_v1_prepare(
	const char *root, const struct cgroup_host *host, uid_t uid, gid_t gid, struct failure *f)
{
	for (size_t i = 0; i < host->v1_n; i++) {
		own_fd int own = -1;
		own_fd int made = -1;

		if (host->v1[i].path[0] == '\0')
			continue;
		own = cgroup_host_open(root, host->v1[i].path);
		if (own < 0 || !cgroup_may_use(own, no_files))
			continue; /* read-only in a container: cgroup_choose() names it */
		if (cgroup_make_uid_dir(own, uid, gid, no_files, &made, f) < 0)
			return -1;
	}
	return 0;
}

/* The run's directory in the hierarchy of that controller, -1 if there is none. */
static int v1_fd(const struct cgroup *cg, unsigned controller)
{
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		if ((cg->at[i].controllers & controller) != 0)
			return cg->at[i].fd;
	return -1;
}

/* Buffers of TCP and UDP have a counter of their own, which counts nothing until it has a limit.
 * Not the whole of the memory: net.ipv4.tcp_mem is the host's, and may be less than that. */
static int v1_sockets(int fd, uint64_t memory_bytes, uint64_t page, struct failure *f)
{
	static const char file[] = "memory.kmem.tcp.limit_in_bytes";
	uint64_t got;

	if (!cgroup_file_exists(fd, file))
		return 0;
	return cgroup_limit_number(fd, file, memory_bytes / 4, page, &got, f);
}

static int v1_memory(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	int fd = v1_fd(cg, CONTROLLER_MEMORY);
	uint64_t both, page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (limits->memory_bytes == LIMIT_NONE) {
		if (limits->swap_bytes != LIMIT_NONE)
			cgroup_missing(cg, "swap: v1 limits it only together with memory");
		return 0;
	}
	/* Memory first: the kernel refuses a sum below it, and both only ever shrink. */
	if (cgroup_limit_number(fd, "memory.limit_in_bytes", limits->memory_bytes, page,
		    &applied->memory_bytes, f) < 0 ||
		v1_sockets(fd, limits->memory_bytes, page, f) < 0)
		return -1;
	if (limits->swap_bytes == LIMIT_NONE ||
		__builtin_add_overflow(limits->memory_bytes, limits->swap_bytes, &both))
		return 0;
	if (!cgroup_file_exists(fd, "memory.memsw.limit_in_bytes")) {
		cgroup_missing(cg, "swap: not limited, this kernel does not account it "
				   "(swapaccount=1 on its command line)");
		return 0;
	}
	if (cgroup_limit_number(fd, "memory.memsw.limit_in_bytes", both, page, &both, f) < 0)
		return -1;
	if (both != UINT64_MAX)
		applied->swap_bytes = both - applied->memory_bytes;
	return 0;
}

#define CPU_PERIOD_US 100000 /* the kernel's own default */

static int v1_cpu(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	int fd = v1_fd(cg, CONTROLLER_CPU);
	uint64_t period, quota = limits->cpus_milli * (CPU_PERIOD_US / 1000);

	if (limits->cpus_milli == LIMIT_NONE)
		return 0;
	if (cgroup_limit_number(fd, "cpu.cfs_period_us", CPU_PERIOD_US, 0, &period, f) < 0 ||
		cgroup_limit_number(fd, "cpu.cfs_quota_us", quota, 0, &quota, f) < 0)
		return -1;
	applied->cpus_milli = quota / (CPU_PERIOD_US / 1000);
	return 0;
}

static int v1_pids(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	uint64_t got;

	if (limits->pids == LIMIT_NONE)
		return 0;
	if (cgroup_limit_number(v1_fd(cg, CONTROLLER_PIDS), "pids.max", limits->pids, 0, &got, f) <
		0)
		return -1;
	applied->pids = got;
	return 0;
}

static int v1_io(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	int fd = v1_fd(cg, CONTROLLER_IO);
	uint64_t got;

	if (limits->io_weight == LIMIT_NONE)
		return 0;
	if (!cgroup_file_exists(fd, "blkio.bfq.weight")) {
		cgroup_missing(cg, "io weight: the kernel has no bfq scheduler");
		return 0;
	}
	if (cgroup_limit_number(
		    fd, "blkio.bfq.weight", cgroup_bfq_weight(limits->io_weight), 0, &got, f) < 0)
		return -1;
	if (cgroup_weight_heeded("/sys"))
		applied->io_weight = limits->io_weight;
	else
		cgroup_missing(cg, CGROUP_WEIGHT_UNHEEDED);
	return 0;
}

static bool v1_has(const struct cgroup *cg, unsigned controller)
{
	return v1_fd(cg, controller) >= 0;
}

int cgroup_v1_limit(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	static const struct cgroup_setters setters = {
		.has = v1_has, .memory = v1_memory, .cpu = v1_cpu, .pids = v1_pids, .io = v1_io
	};

	return cgroup_limit_each(cg, &setters, limits, applied, f);
}

/* "8:0 Read 4096" and "8:0 Write 4096" lines, one pair per device. */
static void v1_io_usage(int fd, struct cgroup_usage *ret)
{
	char text[8192], *save = NULL;

	if (cgroup_file_read(fd, "blkio.throttle.io_service_bytes_recursive", text, sizeof(text)) <
		0)
		return;
	ret->io_read_bytes = ret->io_write_bytes = 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		char operation[16];
		uint64_t bytes;

		if (sscanf(line, "%*u:%*u %15s %" SCNu64, operation, &bytes) != 2)
			continue;
		if (strcmp(operation, "Read") == 0)
			ret->io_read_bytes += bytes;
		if (strcmp(operation, "Write") == 0)
			ret->io_write_bytes += bytes;
	}
}

void cgroup_v1_usage(const struct cgroup *cg, struct cgroup_usage *ret)
{
	int memory = v1_fd(cg, CONTROLLER_MEMORY);
	int cpuacct = v1_fd(cg, CONTROLLER_CPUACCT);
	int pids = v1_fd(cg, CONTROLLER_PIDS);
	int io = v1_fd(cg, CONTROLLER_IO);
	uint64_t value;

	if (memory >= 0) {
		cgroup_file_number(memory, "memory.max_usage_in_bytes", &ret->memory_peak_bytes);
		cgroup_file_key(memory, "memory.oom_control", "oom_kill", &ret->oom_kills);
	}
	if (cpuacct >= 0 && cgroup_file_number(cpuacct, "cpuacct.usage_user", &value) == 0)
		ret->cpu_user_ms = value / 1000000;
	if (cpuacct >= 0 && cgroup_file_number(cpuacct, "cpuacct.usage_sys", &value) == 0)
		ret->cpu_system_ms = value / 1000000;
	if (pids >= 0) {
		cgroup_file_number(pids, "pids.peak", &ret->pids_peak); /* newer kernels */
		cgroup_file_key(pids, "pids.events", "max", &ret->forks_refused);
	}
	if (io >= 0)
		v1_io_usage(io, ret);
}
