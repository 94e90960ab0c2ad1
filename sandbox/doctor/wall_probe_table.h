/* sandbox/doctor/wall_probe_table.h: the rows that probe.c runs (internal to doctor/).
 *
 * A try runs in a child of its own, in new namespaces as the row says and with its ids
 * mapped. It returns 0 with try->detail filled, or -1 as everybody does.
 */
#ifndef SANDBOX_DOCTOR_WALL_PROBE_TABLE_H
#define SANDBOX_DOCTOR_WALL_PROBE_TABLE_H

#include "namespaces/proof.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"
#include "sandbox/doctor/wall_probe.h"

#include <stdint.h>

struct
try {
	struct user_ids ids;
	char map_detail[160]; /* user_map()'s words */
	uint64_t host[PROOF_COUNT];
	char detail[400];
	enum wall_state state; /* enforced, unless the try says less */
};

struct probe_row {
	uint64_t flags; /* CLONE_NEW*; 0: in the host's namespaces */
	bool range;     /* map several ids, if /etc/subuid grants them */
	int (*run)(struct try *try, struct failure *f); /* NULL: nothing to try */
	const char *untried;                            /* then: why not */
	bool on_request;
};

extern const struct probe_row probe_rows[WALL_COUNT];

/* Fill try->detail; returns 0, to end a try that went well. */
int try_say(struct try *try, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* probe_inside.c: in namespaces. */
int try_user(struct try *try, struct failure *f);
int try_ids(struct try *try, struct failure *f);
int try_mount(struct try *try, struct failure *f);
int try_pid(struct try *try, struct failure *f);
int try_network(struct try *try, struct failure *f);
int try_ipc(struct try *try, struct failure *f);
int try_uts(struct try *try, struct failure *f);
int try_cgroup_ns(struct try *try, struct failure *f);
int try_nested_userns(struct try *try, struct failure *f);
int try_proc_mask(struct try *try, struct failure *f);
int try_disk(struct try *try, struct failure *f);
int try_tty(struct try *try, struct failure *f);

/* probe_process.c: on a plain process. */
int try_no_new_privileges(struct try *try, struct failure *f);
int try_capabilities(struct try *try, struct failure *f); /* in a user namespace */
int try_seccomp(struct try *try, struct failure *f);
int try_landlock(struct try *try, struct failure *f);
int try_rlimits(struct try *try, struct failure *f);
int try_cgroup(struct try *try, struct failure *f);
int try_descriptors(struct try *try, struct failure *f);
int try_time_limit(struct try *try, struct failure *f);

#endif
