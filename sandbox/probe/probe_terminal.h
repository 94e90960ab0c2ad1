/* sandbox/probe/probe_terminal.h: input pushed into a terminal. */
#ifndef SANDBOX_PROBE_PROBE_TERMINAL_H
#define SANDBOX_PROBE_PROBE_TERMINAL_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_terminal[]; /* ends with a row without a name */

#endif
