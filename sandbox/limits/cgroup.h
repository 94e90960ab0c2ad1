/* sandbox/limits/cgroup.h: one control group per run, by the best driver there is.
 *
 * Runs in  the launcher. cgroup_prepare() before root is given up (if it was root),
 *          the rest as the user that the sandbox runs as.
 * Drivers  in this order, and the first that works is taken: an own delegated v2
 *          directory; a scope from the user's service manager (systemd); writable v1
 *          hierarchies; inherited (a batch system or container limits us already); none.
 * Leaves   one directory "cofferdam-<id>" per hierarchy, removed by cgroup_remove()
 *          or found by its name by `cofferdam gc`.
 * Tests    give another root than "/" so that fake trees can be examined.
 */
#ifndef SANDBOX_LIMITS_CGROUP_H
#define SANDBOX_LIMITS_CGROUP_H

#include "sandbox/base/failure.h"
#include "sandbox/base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum cgroup_driver { CGROUP_NONE, CGROUP_INHERITED, CGROUP_V1, CGROUP_SYSTEMD, CGROUP_V2 };
const char *cgroup_driver_name(enum cgroup_driver driver);

/* Does it make a group of the run's own? */
bool cgroup_driver_limits(enum cgroup_driver driver);

/* What is not known is UINT64_MAX. */
struct cgroup_usage {
	uint64_t cpu_user_ms, cpu_system_ms;
	uint64_t memory_peak_bytes;
	uint64_t pids_peak;
	uint64_t io_read_bytes, io_write_bytes;
	uint64_t oom_kills;
	uint64_t forks_refused; /* for want of --pids */
};

#define CGROUP_HIERARCHIES  6 /* memory cpu cpuacct pids blkio freezer (v1); v2 uses one */
#define CGROUP_PATH_BYTES   512
#define CGROUP_DETAIL_BYTES 400

struct cgroup {
	enum cgroup_driver driver;
	char detail[CGROUP_DETAIL_BYTES]; /* why this one, what of it is missing, for the report */
	struct {
		int parent_fd;                /* O_PATH, -1 if not used */
		int fd;                       /* the run's own directory, -1 until created */
		char path[CGROUP_PATH_BYTES]; /* as the host names it: the parent's, then our own */
		unsigned controllers;         /* bits of enum cgroup_controller */
	} at[CGROUP_HIERARCHIES];
	char name[48]; /* "cofferdam-<id>" */

	/* v2 forbids processes in a group that gives controllers to its children. If
	 * the launcher itself stands in the parent, it moves to a leaf beside the run's
	 * group first, and back afterwards. */
	bool launcher_in_parent;
	bool launcher_moved;
	unsigned enabled_here; /* controllers that we switched on in the parent */
};

/* If effective uid is 0: make (or reuse) a delegated parent directory
 * "cofferdam-uid-<uid>" below our own cgroup in every usable hierarchy, owned by
 * uid:gid, so that an ordinary user can go on alone. On v2 the calling process, and
 * front (0: none), the process of root's that waits for it, also
 * move into "cofferdam-uid-<uid>/cofferdam-launchers": only from within a delegated
 * subtree may its owner start processes in it. Else: nothing. A hierarchy where this
 * cannot be done is left alone; cgroup_choose() says so. Never above our own cgroup:
 * what stops or limits our service must go on doing so. */
int cgroup_prepare(const char *root, uid_t uid, gid_t gid, pid_t front, struct failure *f);

/* The user's service manager, as somebody else knows to reach it. Only asked where a scope
 * takes this process out of no limit and out of nobody's hands: see cgroup_scope.c. */
struct cgroup_manager {
	/* Put the calling process into a new delegated scope, which is stopped together with
	 * the unit companion (NULL: with none). Fails within seconds if nobody answers. */
	int (*start_scope)(void *data, const char *companion, struct failure *f);
	/* Change nothing: could it be done? The manager's group, below the cgroup mount, and
	 * its version. NULL: start_scope is to be called. */
	int (*look)(void *data, char *ret_group, size_t size, char version[64], struct failure *f);
	void *data;
};

/* Look at /proc/self/cgroup, /proc/self/mountinfo and permissions; choose the
 * driver; open the parents. Changes nothing on the host, but for the scope into which
 * this process moves if manager (may be NULL) gives one. With manager->look the driver may
 * be CGROUP_SYSTEMD without any parent: so it would be. Never fails for want of a driver:
 * that is CGROUP_NONE with its reason. */
int cgroup_choose(struct cgroup *ret, const char *root, const struct cgroup_manager *manager,
	struct failure *f);

/* Where there is no driver: does somebody above limit us already? Then it is
 * CGROUP_INHERITED, and detail says what the limits are. Apart from cgroup_choose(),
 * because nothing waits for it: a run does it while its keeper is at work. */
void cgroup_inherit(struct cgroup *cg, const char *root);

/* Create the directories and set the limits of memory, swap, cpus, pids and io weight; read
 * each back. *ret_applied says what stands. A requested limit without a controller for it
 * is not a failure here: it stays none in *ret_applied and is named in cg->detail. */
int cgroup_create(struct cgroup *cg, const char *run_id, const struct limits *limits,
	struct limits *ret_applied, struct failure *f);

/* Set tighter limits on a group that exists (repository's .cofferdam.json). */
int cgroup_limit(struct cgroup *cg, const struct limits *limits, struct limits *ret_applied,
	struct failure *f);

/* The v2 directory for CLONE_INTO_CGROUP, or -1 (then cgroup_enter() is needed). */
int cgroup_clone_fd(const struct cgroup *cg);

/* The calling process puts itself into the group: the keeper's first step with v1 (and
 * with v2 where CLONE_INTO_CGROUP was not used). It must be single-threaded and have
 * no children yet, and unshare its cgroup namespace only afterwards. Moving oneself is
 * the one way for which v1 does not wait for an RCU grace period (15 ms). */
int cgroup_enter_self(const struct cgroup *cg, struct failure *f);

/* The launcher puts another process into the group; for whoever can wait for that. */
int cgroup_enter(const struct cgroup *cg, pid_t pid, struct failure *f);

/* Counters of the group; what has no counter stays UINT64_MAX. */
void cgroup_usage(const struct cgroup *cg, struct cgroup_usage *ret);

/* Kill whatever is in it (v2 cgroup.kill; v1: freezer, then SIGKILL by pid until
 * empty, bounded). */
void cgroup_kill(const struct cgroup *cg);

/* Remove the directories. One that rmdir takes at once had nobody in it; else what is in it is
 * killed first, and rmdir tried for at most timeout_ms while the kernel still counts a dying
 * task. report() is called once per directory. */
typedef void (*cgroup_report_fn)(void *data, const char *path, bool removed, const char *detail);
void cgroup_remove(struct cgroup *cg, unsigned timeout_ms, cgroup_report_fn report, void *data);

void cgroup_release(struct cgroup *cg);

#endif
