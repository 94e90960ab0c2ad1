/* sandbox/probe/probe_find.h: all probes, whatever file they stand in. */
#ifndef SANDBOX_PROBE_PROBE_FIND_H
#define SANDBOX_PROBE_PROBE_FIND_H

#include "sandbox/probe/probe.h"

/* NULL: there is none of that name. */
const struct probe *probe_find(const char *name);
/* Print the names, one a line. */
void probe_list(void);

#endif
