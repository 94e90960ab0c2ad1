/* sandbox/probe/probe_kernel.h: doors into the kernel that no build needs: keyrings, io_uring, bpf and the like. */
#ifndef SANDBOX_PROBE_PROBE_KERNEL_H
#define SANDBOX_PROBE_PROBE_KERNEL_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_kernel[]; /* ends with a row without a name */

#endif
