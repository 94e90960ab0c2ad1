/* sandbox/probe/probe_file.h: files and descriptors. */
#ifndef SANDBOX_PROBE_PROBE_FILE_H
#define SANDBOX_PROBE_PROBE_FILE_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_file[]; /* ends with a row without a name */

#endif
