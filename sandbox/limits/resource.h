/* sandbox/limits/resource.h: what a permitted call can take of the host, and what bounds it.
 *
 * Data only, printed by explain. A row is a kind of thing of which the host, or the caller, has
 * one amount for everybody. What no bound reaches says so, and stands in SECURITY.md with what
 * was measured. tests/run/attacks-resources.bats takes each as far as it goes.
 */
#ifndef SANDBOX_LIMITS_RESOURCE_H
#define SANDBOX_LIMITS_RESOURCE_H

#include "sandbox/limits/cgroup.h"

#include <stddef.h>

/* The strongest of what bounds it. */
enum resource_bound {
	RESOURCE_REFUSED,   /* seccomp: nothing of it can be taken */
	RESOURCE_NAMESPACE, /* a setting or a mount of the sandbox's own namespaces */
	RESOURCE_RLIMIT,    /* per process, or per user of the sandbox's user namespace */
	RESOURCE_CGROUP,    /* memory or pids; without a cgroup only what an rlimit sees */
	RESOURCE_HOST,      /* the host's own bound, which one run can reach */
	RESOURCE_NONE,
};
const char *resource_bound_name(enum resource_bound bound);

struct resource {
	const char *name;
	enum resource_bound bound;
	const char *by;     /* the row, limit or setting that bounds it */
	const char *most;   /* what one run with the defaults can take */
	const char *reason; /* who would feel it, or why it is permitted */
};

/* Row number index, NULL past the last one. */
const struct resource *resource_row(size_t index);

/* What the group of such a driver does not count, for the report: a part of a sentence. */
const char *resource_uncounted(enum cgroup_driver driver);

#endif
