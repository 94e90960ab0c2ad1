/* sandbox/broker/broker_confine.h: the broker's own walls, before the builder's first byte.
 *
 * Needs    to be uid 0 of a user namespace of its own with all capabilities there, and
 *          mount, PID, network, IPC, UTS and cgroup namespaces that belong to it
 *          (sandbox/companion/companion.c).
 * Leaves   a root directory that holds the engine's socket and nothing else, read-only; no
 *          capability, no_new_privs; Landlock without any rule; a filter that knows
 *          neither open(2) nor execve(2). Each was tried.
 */
#ifndef SANDBOX_BROKER_BROKER_CONFINE_H
#define SANDBOX_BROKER_BROKER_CONFINE_H

#include "sandbox/base/failure.h"
#include "sandbox/docker/policy.h"

/* ret_landlock: the ABI in force, 0 if this kernel has none. */
int broker_confine(const struct policy *policy, int *ret_landlock, struct failure *f);

#endif
