/* sandbox/egress/egress_confine.h: from an ordinary process to one that can only connect.
 *
 * Runs in  cofferdam-egress, before the first byte of the build.
 * Leaves   a root with the files that names are resolved by and nothing else, no capability,
 *          Landlock on that root, a filter without any call that executes, listens or makes
 *          another socket than TCP's and UDP's. The network is the host's: that is its task.
 */
#ifndef SANDBOX_EGRESS_EGRESS_CONFINE_H
#define SANDBOX_EGRESS_EGRESS_CONFINE_H

#include "sandbox/base/failure.h"

/* *ret_landlock: its ABI, 0 if this kernel has none. */
int egress_confine(int *ret_landlock, struct failure *f);

#endif
