/* sandbox/unpack/unpack_confine.h: from an ordinary process to one that can only fill a directory.
 *
 * Runs in  cofferdam-unpack, before the first byte of the archive.
 * Leaves   Landlock on the new tree, and a filter without any call that executes, connects or
 *          makes a process. Its capabilities are those of the sandbox's own namespace that
 *          give files to their owners; none other is to be had.
 */
#ifndef SANDBOX_UNPACK_UNPACK_CONFINE_H
#define SANDBOX_UNPACK_UNPACK_CONFINE_H

#include "sandbox/base/failure.h"

int unpack_confine(struct failure *f);

#endif
