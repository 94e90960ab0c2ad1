/* sandbox/probe/probe_trace.h: what a tracer can make of its own child. */
#ifndef SANDBOX_PROBE_PROBE_TRACE_H
#define SANDBOX_PROBE_PROBE_TRACE_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_trace[]; /* ends with a row without a name */

#endif
