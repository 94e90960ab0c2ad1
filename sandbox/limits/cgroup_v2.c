/* sandbox/limits/cgroup_v2.c: one directory in the one hierarchy.
 *
 * Delegation (Documentation/admin-guide/cgroup-v2.rst) sets two rules that v1 does not have.
 * A process may be moved only by someone who may write cgroup.procs of the common ancestor
 * too, so the launcher must itself stand within the delegated subtree. And a group
 * that gives controllers to its children may hold no processes ("no internal
 * processes"), so a launcher that stands in the parent has to step into a leaf. A task of Slurm
 * may not do that, for Slurm signals what is in the task's group itself: the plugin of slurm/ has
 * made a group beside it, and the right to start processes there.
 * Only ourselves are moved, and the front that root left behind for us (launcher/front.h), never
 * somebody else's process.
 */
#include "sandbox/limits/cgroup_v2.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const v2_files[] = {
	"cgroup.procs",
	"cgroup.subtree_control",
	"cgroup.threads",
	NULL,
};

/* The root of the whole hierarchy may hold processes and give controllers away; it
 * is the only group without cgroup.type. */
static bool is_true_root(int fd)
{
	return !cgroup_file_exists(fd, "cgroup.type");
}

/* Does nobody but us, and our front if there is one, stand in this group? Processes that we
 * cannot see are "0". */
static bool only_we_are_in(int fd, pid_t front)
{
	char text[64], *next = text;

	if (cgroup_file_read(fd, "cgroup.procs", text, sizeof(text)) < 0)
		return false;
	for (char *line = strsep(&next, "\n"); line != NULL; line = strsep(&next, "\n")) {
		uint64_t pid;

		if (line[0] == '\0')
			continue;
		if (cgroup_number(line, &pid) < 0 || pid == 0 ||
			((pid_t)pid != getpid() && (pid_t)pid != front))
			return false;
	}
	return true;
}

static bool is_domain(int fd)
{
	char text[32];

	return is_true_root(fd) ||
	       (cgroup_file_read(fd, "cgroup.type", text, sizeof(text)) == 0 &&
		       strncmp(text, "domain", 6) == 0 && strncmp(text, "domain invalid", 14) != 0);
}

/* Did the launcher that started us, or root for us, put us into a launchers' leaf? */
static bool path_up_from_leaf(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || strcmp(slash + 1, CGROUP_LAUNCHERS) != 0)
		return false;
	*slash = '\0';
	return true;
}

/* The group that root has made for us beside our own, whose processes somebody counts: a task of
 * a batch system. To start a process in it one has to be permitted that in the group that both
 * are in. */
static bool choose_beside(struct cgroup *cg, const char *root, const char *own)
{
	static const char *const above_files[] = { "../cgroup.procs", NULL };
	char path[CGROUP_PATH_BYTES + sizeof(CGROUP_BESIDE)], names[256] = "";
	struct stat st;

	snprintf(path, sizeof(path), "%s" CGROUP_BESIDE, own);
	own_fd int fd = cgroup_host_open(root, path);
	if (fd < 0 || strlen(path) >= CGROUP_PATH_BYTES || fstat(fd, &st) < 0 ||
		st.st_uid != geteuid() || !cgroup_may_use(fd, v2_files) ||
		!cgroup_may_use(fd, above_files))
		return false;
	cgroup_file_read(fd, "cgroup.controllers", names, sizeof(names));
	cg->at[0].controllers = cgroup_controllers_parse(names);
	if ((cg->at[0].controllers & CONTROLLERS_THAT_LIMIT) == 0)
		return false;
	cg->driver = CGROUP_V2;
	strcpy(cg->at[0].path, path);
	cg->at[0].parent_fd = own_fd_give(&fd);
	cgroup_detail(cg, "delegated v2 directory %s", path);
	return true;
}

bool cgroup_v2_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	char *why, size_t why_size)
{
	char path[CGROUP_PATH_BYTES];

	if (host->v2.path[0] == '\0') {
		snprintf(why, why_size, "v2: %s",
			host->v2_mounted ? "our own group is not visible" : "not mounted");
		return false;
	}
	if (choose_beside(cg, root, host->v2.path))
		return true;
	strcpy(path, host->v2.path);
	bool in_leaf = path_up_from_leaf(path);
	own_fd int fd = cgroup_host_open(root, path);
	char names[256] = "";

	if (fd >= 0)
		cgroup_file_read(fd, "cgroup.controllers", names, sizeof(names));
	unsigned controllers = cgroup_controllers_parse(names);
	if ((controllers & CONTROLLERS_THAT_LIMIT) == 0) {
		names[strcspn(names, "\n")] = '\0';
		snprintf(why, why_size, "v2: %s has no memory, cpu or pids controller (only: %s)",
			path, names[0] != '\0' ? names : "none");
		return false;
	}
	if (!cgroup_may_use(fd, v2_files)) {
		snprintf(why, why_size, "v2: %s is not delegated to uid %u", path, geteuid());
		return false;
	}
	bool step_aside = !in_leaf && !is_true_root(fd);
	if (!is_domain(fd) || (step_aside && !only_we_are_in(fd, 0))) {
		snprintf(why, why_size, "v2: other processes are in %s", path);
		return false;
	}
	cg->driver = CGROUP_V2;
	cg->launcher_in_parent = step_aside;
	cg->at[0].controllers = controllers;
	strcpy(cg->at[0].path, path);
	cg->at[0].parent_fd = own_fd_give(&fd);
	cgroup_detail(cg, "delegated v2 directory %s", path);
	return true;
}

/* Move the calling process ("0" is whoever writes), and front if it is not 0, into the leaf of
 * parent_fd. */
static int enter_leaf(int parent_fd, pid_t front, struct failure *f)
{
	char number[24];

	if (mkdirat(parent_fd, CGROUP_LAUNCHERS, 0755) < 0 && errno != EEXIST)
		return fail(f, errno, "create cgroup " CGROUP_LAUNCHERS);

	own_fd int leaf =
		openat(parent_fd, CGROUP_LAUNCHERS, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (leaf < 0)
		return fail(f, errno, "open cgroup " CGROUP_LAUNCHERS);
	if (cgroup_file_write(leaf, "cgroup.procs", "0") < 0)
		return fail(f, errno, "move the launcher into cgroup " CGROUP_LAUNCHERS);
	snprintf(number, sizeof(number), "%d", front);
	if (front != 0 && cgroup_file_write(leaf, "cgroup.procs", number) < 0)
		return fail(f, errno, "move the front into cgroup " CGROUP_LAUNCHERS);
	return 0;
}

/* Switch on, in fd, those of the wanted controllers that are off. One at a time: a
 * controller that cannot be had (cpu, while realtime processes exist) must not cost
 * the others. The ones that we switched on are *ret_enabled. */
static int give_controllers(int fd, unsigned wanted, unsigned *ret_enabled, struct failure *f)
{
	char names[256];

	*ret_enabled = 0;
	if (cgroup_file_read(fd, "cgroup.subtree_control", names, sizeof(names)) < 0)
		return fail(f, errno, "read cgroup.subtree_control");
	wanted &= ~cgroup_controllers_parse(names);
	for (unsigned bit = 1; bit <= wanted; bit <<= 1) {
		char name[16], word[20];

		if ((wanted & bit) == 0)
			continue;
		cgroup_controllers_text(bit, true, name, sizeof(name));
		snprintf(word, sizeof(word), "+%s", name);
		if (cgroup_file_write(fd, "cgroup.subtree_control", word) == 0)
			*ret_enabled |= bit;
	}
	return 0;
}

static bool has_runs(int parent_fd)
{
	own_fd int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL)
		return true; /* not known: change nothing */
	own_fd_give(&fd);
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		if (cgroup_run_id(entry->d_name) != NULL)
			return true;
	return false;
}

int cgroup_v2_open_parent(struct cgroup *cg, struct failure *f)
{
	int parent = cg->at[0].parent_fd;
	char names[256];

	if (cg->launcher_in_parent) {
		if (enter_leaf(parent, 0, f) < 0)
			return -1;
		cg->launcher_moved = true;
	}
	if (give_controllers(parent, cg->at[0].controllers, &cg->enabled_here, f) < 0)
		return -1;
	if (cgroup_file_read(parent, "cgroup.subtree_control", names, sizeof(names)) < 0)
		return fail(f, errno, "read cgroup.subtree_control");
	cg->at[0].controllers &= cgroup_controllers_parse(names);
	return 0;
}

/* Another run beside ours still needs the controllers and the leaf: then they stay,
 * and the last one to end undoes what it can. */
void cgroup_v2_close_parent(struct cgroup *cg)
{
	int parent = cg->at[0].parent_fd;

	if (!cg->launcher_moved || has_runs(parent))
		return;
	for (unsigned bit = 1; bit <= cg->enabled_here; bit <<= 1) {
		char name[16], word[20];

		if ((cg->enabled_here & bit) == 0)
			continue;
		cgroup_controllers_text(bit, true, name, sizeof(name));
		snprintf(word, sizeof(word), "-%s", name);
		cgroup_file_write(parent, "cgroup.subtree_control", word);
	}
	cg->enabled_here = 0;
	if (cgroup_file_write(parent, "cgroup.procs", "0") == 0) {
		unlinkat(parent, CGROUP_LAUNCHERS, AT_REMOVEDIR);
		cg->launcher_moved = false;
	}
}

int cgroup_v2_prepare(const char *root, const struct cgroup_host *host, uid_t uid, gid_t gid,
	pid_t front, struct failure *f)
{
	unsigned wanted = host->v2.controllers, enabled;
	own_fd int own = -1;
	own_fd int made = -1;

	if (host->v2.path[0] == '\0' || (wanted & CONTROLLERS_THAT_LIMIT) == 0)
		return 0;
	own = cgroup_host_open(root, host->v2.path);
	if (own < 0 || !cgroup_may_use(own, v2_files) || !is_domain(own) ||
		(!is_true_root(own) && !only_we_are_in(own, front)))
		return 0; /* cgroup_choose() names the cause */

	if (cgroup_make_uid_dir(own, uid, gid, v2_files, &made, f) < 0 ||
		enter_leaf(made, front, f) < 0)
		return -1;
	/* Now that nobody stands in our own group, it may give controllers away. */
	if (give_controllers(own, wanted, &enabled, f) < 0)
		return -1;
	return give_controllers(made, wanted, &enabled, f);
}

static int v2_memory(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int fd = cg->at[0].fd;

	if (limits->memory_bytes != LIMIT_NONE &&
		cgroup_limit_number(fd, "memory.max", limits->memory_bytes, page,
			&applied->memory_bytes, f) < 0)
		return -1;
	/* A build with one process killed is not a build: end all of it. */
	if (limits->memory_bytes != LIMIT_NONE &&
		cgroup_file_write(fd, "memory.oom.group", "1") < 0)
		return fail(f, errno, "write memory.oom.group");
	if (limits->swap_bytes == LIMIT_NONE)
		return 0;
	if (!cgroup_file_exists(fd, "memory.swap.max")) {
		cgroup_missing(cg, "swap: not limited, this kernel does not account it "
				   "(swapaccount=1 on its command line)");
		return 0;
	}
	return cgroup_limit_number(
		fd, "memory.swap.max", limits->swap_bytes, page, &applied->swap_bytes, f);
}

#define CPU_PERIOD_US 100000 /* the kernel's own default */

static int v2_cpu(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	uint64_t quota = limits->cpus_milli * (CPU_PERIOD_US / 1000);
	char wanted[48], got[48];

	if (limits->cpus_milli == LIMIT_NONE)
		return 0;
	snprintf(wanted, sizeof(wanted), "%" PRIu64 " %d", quota, CPU_PERIOD_US);
	if (cgroup_file_write(cg->at[0].fd, "cpu.max", wanted) < 0)
		return fail(f, errno, "write cpu.max");
	if (cgroup_file_read(cg->at[0].fd, "cpu.max", got, sizeof(got)) < 0)
		return fail(f, errno, "read cpu.max");
	got[strcspn(got, "\n")] = '\0';
	if (strcmp(wanted, got) != 0)
		return fail(f, 0, "cpu.max says \"%s\" after \"%s\" was written", got, wanted);
	applied->cpus_milli = limits->cpus_milli;
	return 0;
}

static int v2_pids(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	uint64_t got;

	if (limits->pids == LIMIT_NONE)
		return 0;
	if (cgroup_limit_number(cg->at[0].fd, "pids.max", limits->pids, 0, &got, f) < 0)
		return -1;
	applied->pids = got;
	return 0;
}

/* io.weight belongs to the iocost controller, io.bfq.weight to the scheduler; a
 * kernel may have both, and which of them works depends on the device. */
static int v2_io(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	const struct {
		const char *file;
		uint64_t weight;
	} rows[] = {
		{ "io.weight", limits->io_weight },
		{ "io.bfq.weight", cgroup_bfq_weight(limits->io_weight) },
	};
	bool found = false;

	if (limits->io_weight == LIMIT_NONE)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char word[24];
		uint64_t got;

		if (!cgroup_file_exists(cg->at[0].fd, rows[i].file))
			continue;
		snprintf(word, sizeof(word), "%" PRIu64, rows[i].weight);
		if (cgroup_file_write(cg->at[0].fd, rows[i].file, word) < 0)
			return fail(f, errno, "write %s", rows[i].file);
		if (cgroup_file_key(cg->at[0].fd, rows[i].file, "default", &got) < 0 ||
			got != rows[i].weight)
			return fail(f, 0, "%s does not keep the weight %s", rows[i].file, word);
		found = true;
	}
	if (!found)
		cgroup_missing(cg, "io weight: the kernel has neither io.weight nor io.bfq.weight");
	else if (!cgroup_weight_heeded("/sys"))
		cgroup_missing(cg, CGROUP_WEIGHT_UNHEEDED);
	else
		applied->io_weight = limits->io_weight;
	return 0;
}

static bool v2_has(const struct cgroup *cg, unsigned controller)
{
	return (cg->at[0].controllers & controller) != 0;
}

int cgroup_v2_limit(
	struct cgroup *cg, const struct limits *limits, struct limits *applied, struct failure *f)
{
	static const struct cgroup_setters setters = {
		.has = v2_has, .memory = v2_memory, .cpu = v2_cpu, .pids = v2_pids, .io = v2_io
	};

	return cgroup_limit_each(cg, &setters, limits, applied, f);
}

/* "8:0 rbytes=1 wbytes=2 rios=…" lines, one per device. */
static void v2_io_usage(int fd, struct cgroup_usage *ret)
{
	char text[8192], *save = NULL;

	if (cgroup_file_read(fd, "io.stat", text, sizeof(text)) < 0)
		return;
	ret->io_read_bytes = ret->io_write_bytes = 0;
	for (char *word = strtok_r(text, " \n", &save); word != NULL;
		word = strtok_r(NULL, " \n", &save)) {
		uint64_t bytes;

		if (strncmp(word, "rbytes=", 7) == 0 && cgroup_number(word + 7, &bytes) == 0)
			ret->io_read_bytes += bytes;
		if (strncmp(word, "wbytes=", 7) == 0 && cgroup_number(word + 7, &bytes) == 0)
			ret->io_write_bytes += bytes;
	}
}

void cgroup_v2_usage(const struct cgroup *cg, struct cgroup_usage *ret)
{
	int fd = cg->at[0].fd;
	uint64_t value;

	if (cgroup_file_key(fd, "cpu.stat", "user_usec", &value) == 0)
		ret->cpu_user_ms = value / 1000;
	if (cgroup_file_key(fd, "cpu.stat", "system_usec", &value) == 0)
		ret->cpu_system_ms = value / 1000;
	cgroup_file_number(fd, "memory.peak", &ret->memory_peak_bytes); /* from 5.19 on */
	cgroup_file_number(fd, "pids.peak", &ret->pids_peak);           /* from 6.1 on */
	cgroup_file_key(fd, "memory.events", "oom_kill", &ret->oom_kills);
	cgroup_file_key(fd, "pids.events", "max", &ret->forks_refused);
	v2_io_usage(fd, ret);
}
