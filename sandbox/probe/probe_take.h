/* sandbox/probe/probe_take.h: what belongs to the whole host or to the caller, taken until there is no more. */
#ifndef SANDBOX_PROBE_PROBE_TAKE_H
#define SANDBOX_PROBE_PROBE_TAKE_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_take[]; /* ends with a row without a name */

#endif
