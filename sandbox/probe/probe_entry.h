/* sandbox/probe/probe_entry.h: the other entries of the kernel, i386 and x32, and calls by their number. */
#ifndef SANDBOX_PROBE_PROBE_ENTRY_H
#define SANDBOX_PROBE_PROBE_ENTRY_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_entry[]; /* ends with a row without a name */

#endif
