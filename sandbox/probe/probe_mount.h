/* sandbox/probe/probe_mount.h: mounts, roots and namespaces of one's own. */
#ifndef SANDBOX_PROBE_PROBE_MOUNT_H
#define SANDBOX_PROBE_PROBE_MOUNT_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_mount[]; /* ends with a row without a name */

#endif
