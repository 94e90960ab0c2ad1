/* namespaces/sysctl.h: what the settings of the sandbox's own namespaces can bound.
 *
 * Runs in  the keeper, with the capabilities of the sandbox's user namespace.
 * Needs    the directory "sys" of the sandbox's own procfs, from before it became read-only.
 * Leaves   each setting written and read back; the children inherit them.
 * Fails    where the kernel takes a setting and then says another value. A setting that it
 *          gives to nobody but the host's root is named to the caller, not a failure: those
 *          of System V IPC are such before Linux 6.9.
 * Source   namespaces(7), sysctl(2) files below user, kernel and net; kernel/ucount.c.
 */
#ifndef NAMESPACES_SYSCTL_H
#define NAMESPACES_SYSCTL_H

#include "sandbox/base/failure.h"
#include "sandbox/base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sysctl_plan {
	uint64_t inotify_instances, inotify_watches; /* the run's part of what the caller has */
	uint64_t memory_bytes;                       /* LIMIT_NONE: as the host has it */
	uint32_t builder_gid;
	bool allow_userns;
};

enum sysctl_when {
	SYSCTL_WITH_PROC,    /* user and IPC namespace: as soon as there is a procfs */
	SYSCTL_WITH_NETWORK, /* network namespace: once the last one is entered */
};

/* Append the names of what could not be written to ret_unwritten, a space between two. */
int sysctl_apply(int sys_fd, const struct sysctl_plan *plan, enum sysctl_when when,
	char *ret_unwritten, size_t size, struct failure *f);

/* Every row that the plan writes, for explain: "user.max_inotify_instances", "32", why. */
typedef void (*sysctl_row_fn)(void *data, const char *name, const char *value, const char *reason);
void sysctl_each(const struct sysctl_plan *plan, sysctl_row_fn row, void *data);

#endif
