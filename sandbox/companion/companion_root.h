/* sandbox/companion/companion_root.h: what a companion sees of the host, and what it may still do.
 *
 * Runs in  the companion's program, in the namespaces that it was born in, before it reads a
 *          stranger's byte.
 */
#ifndef SANDBOX_COMPANION_COMPANION_ROOT_H
#define SANDBOX_COMPANION_COMPANION_ROOT_H

#include "sandbox/base/failure.h"

#include <stddef.h>

/* A root of one thing: the mount (detached) under this name. Read-only, no programs, no devices;
 * looked at afterwards. */
int companion_root_one(int mount_fd, const char *name, struct failure *f);
/* A root of copies of these files of the host, those that are there. */
int companion_root_files(const char *const *paths, size_t n, struct failure *f);

/* Not dumpable, no capability, none to be had again. */
int companion_drop(struct failure *f);

#endif
