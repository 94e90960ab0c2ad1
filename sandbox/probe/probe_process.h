/* sandbox/probe/probe_process.h: other processes, and the power over one's own. */
#ifndef SANDBOX_PROBE_PROBE_PROCESS_H
#define SANDBOX_PROBE_PROBE_PROCESS_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_process[]; /* ends with a row without a name */

#endif
