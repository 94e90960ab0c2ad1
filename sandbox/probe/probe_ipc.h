/* sandbox/probe/probe_ipc.h: System V and POSIX IPC. */
#ifndef SANDBOX_PROBE_PROBE_IPC_H
#define SANDBOX_PROBE_PROBE_IPC_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_ipc[]; /* ends with a row without a name */

#endif
