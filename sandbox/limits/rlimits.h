/* sandbox/limits/rlimits.h: limits per process, and the next best thing without cgroups.
 *
 * Planned  in the launcher, from the configuration and the host's own hard limits,
 *          which no row may exceed.
 * Applied  in the builder (and the fetcher), as the user that it runs as, before
 *          exec; each is read back.
 * All      of them have a row for the builder, so that none is the caller's; but a hard
 *          limit that the caller has lowered stays where it is.
 * Weaker   than a cgroup: RLIMIT_DATA counts each process for itself, so it stops a
 *          greedy process, not a greedy tree, and it counts what is only reserved, so it
 *          is there where somebody asked for a limit. RLIMIT_NPROC counts the processes of
 *          one uid in one user namespace (ucounts, Linux 5.14), so in our own
 *          namespace it does count the tree.
 */
#ifndef SANDBOX_LIMITS_RLIMITS_H
#define SANDBOX_LIMITS_RLIMITS_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdbool.h>
#include <sys/resource.h>

#define RLIMITS_MAX 16

struct rlimits {
	size_t n;
	struct rlimit_row {
		int resource;
		const char *name; /* "RLIMIT_CORE" */
		rlim_t soft, hard;
		bool callers;   /* lowered to the caller's hard limit, which nobody can raise */
		bool stands_in; /* for a cgroup that is not there */
		const char *reason;
	} rows[RLIMITS_MAX];
};

/* The builder's. cgroup_memory, cgroup_pids: that limit stands in a cgroup already. */
void rlimits_plan(
	const struct config *config, bool cgroup_memory, bool cgroup_pids, struct rlimits *ret);

/* The fetcher's: it starts no program and few threads, and holds few files. */
void rlimits_plan_fetcher(const struct config *config, bool cgroup_memory, struct rlimits *ret);

/* Lower a row that stands in for a cgroup to value, if it is higher. */
void rlimits_lower(struct rlimits *rlimits, int resource, rlim_t value);

/* Set every row of the calling process and compare with what getrlimit() says. */
int rlimits_apply(const struct rlimits *rlimits, struct failure *f);

#endif
