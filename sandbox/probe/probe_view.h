/* sandbox/probe/probe_view.h: what of the host can be seen here, and what bounds there are. */
#ifndef SANDBOX_PROBE_PROBE_VIEW_H
#define SANDBOX_PROBE_PROBE_VIEW_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_view[]; /* ends with a row without a name */

#endif
