/* sandbox/probe/probe_host.h: what belongs to the whole host, of which inside none is given: one is asked for. */
#ifndef SANDBOX_PROBE_PROBE_HOST_H
#define SANDBOX_PROBE_PROBE_HOST_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_host[]; /* ends with a row without a name */

/* Those that taking many is made of. */
int probe_attach_filter(int argc, char **argv);
int probe_flow_label(int argc, char **argv);

#endif
