/* sandbox/limits/cgroup_gc.h: what killed runs left in the cgroup file systems, removed. */
#ifndef SANDBOX_LIMITS_CGROUP_GC_H
#define SANDBOX_LIMITS_CGROUP_GC_H

#include "sandbox/limits/cgroup.h"

/* What is to become of the group of a run. */
enum cgroup_fate {
	CGROUP_KEEP,    /* the run lives */
	CGROUP_DEAD,    /* it does not: kill what is inside, remove */
	CGROUP_UNKNOWN, /* no trace of such a run: remove if empty for a minute, never kill */
};
typedef enum cgroup_fate (*cgroup_fate_fn)(void *data, const char *run_id);

/* Find directories "cofferdam-<32 hex>" below our parents, ask for their fate,
 * and do it (dry_run: only report what would be removed). As root also remove
 * "cofferdam-uid-*" parents in which nothing is left, wherever in the hierarchies, unless
 * keep_users: by them cgroup_owners() finds who still has something elsewhere. */
void cgroup_gc(const char *root, bool dry_run, bool keep_users, cgroup_fate_fn fate,
	cgroup_report_fn report, void *data);

/* For root: who owns a "cofferdam-uid-*" directory anywhere in the hierarchies, that is,
 * as whom root has run sandboxes. At most max; the number found. */
struct cgroup_owner {
	uid_t uid;
	gid_t gid;
};
size_t cgroup_owners(const char *root, struct cgroup_owner *ret, size_t max);

/* Kill and remove one directory of a dead run whose path a state file names. It
 * is touched only if it is a directory "cofferdam-<run_id>" of a cgroup file system. */
void cgroup_gc_path(
	const char *path, const char *run_id, bool dry_run, cgroup_report_fn report, void *data);

#endif
