/* namespaces/spawn.h: the only clone3 of the project.
 *
 * The process that calls has one thread: a clone of a threaded process may hold
 * locks that nobody will ever release. Asserted.
 * Source   clone(2).
 */
#ifndef NAMESPACES_SPAWN_H
#define NAMESPACES_SPAWN_H

#include "sandbox/base/failure.h"

#include <stdint.h>
#include <sys/types.h>

/* 0 in the child; the child's pid in the parent, with *ret_pidfd (close-on-exec,
 * the caller's); -1 on failure. flags: CLONE_NEW* or 0. cgroup_fd: a v2 directory
 * to be born in, or -1. what names the child in the failure. */
pid_t spawn(const char *what, uint64_t flags, int cgroup_fd, int *ret_pidfd, struct failure *f);

#endif
