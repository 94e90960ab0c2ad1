/* sandbox/limits/processors.h: on which processors a build with a limit of them runs.
 *
 * A quota of time says nothing to make -j$(nproc), Go, Java, Node or Python: they count the
 * processors that sched_getaffinity(2) shows. So the build is put on as many as its limit is,
 * rounded up. That is advice, which a build may take back for itself; the quota of the cgroup
 * is the wall.
 * Spread  so that runs of one user stand apart: the processors of each living run are counted.
 */
#ifndef SANDBOX_LIMITS_PROCESSORS_H
#define SANDBOX_LIMITS_PROCESSORS_H

#include "sandbox/base/failure.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* Count a process of another run, if it is on fewer processors than we have. */
struct processors_load {
	unsigned runs[CPU_SETSIZE];
};
void processors_count(struct processors_load *load, pid_t pid);

/* The first of so many, a ring of those that we may use, on which the fewest runs are; of
 * equal ones another for each turn. */
unsigned processors_first(uint64_t cpus_milli, const struct processors_load *load, unsigned turn);

/* As many from first on, of those that we may use. false: all of these. */
bool processors_set(uint64_t cpus_milli, unsigned first, cpu_set_t *ret);

/* Put the calling process, and what it starts, on as many from first on, of those that it may
 * use, and read back. LIMIT_NONE or more than there are: nothing. */
int processors_take(uint64_t cpus_milli, unsigned first, struct failure *f);

#endif
