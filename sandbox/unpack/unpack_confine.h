/* sandbox/unpack/unpack_confine.h: from an ordinary process to one that reads one thing, and fills
 * at most one directory.
 *
 * Runs in  cofferdam-unpack, before the first byte of the archive.
 * Leaves   Landlock on the places, and a filter without any call that executes, connects or
 *          makes a process. Its capabilities are those of the sandbox's own namespace that
 *          give files to their owners; none other is to be had.
 */
#ifndef SANDBOX_UNPACK_UNPACK_CONFINE_H
#define SANDBOX_UNPACK_UNPACK_CONFINE_H

#include "sandbox/privilege/landlock.h"

int unpack_confine(const struct landlock_place *places, size_t n, struct failure *f);

#endif
