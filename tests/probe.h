/* tests/probe.h: what a probe is, for the files of tests/probe.c. */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <stddef.h>

#define PROBE_PRINTED (-1) /* the probe has said all itself */

/* Returns 0, an errno, or PROBE_PRINTED. argv[0] is its first argument. */
typedef int probe_fn(int argc, char **argv);

struct probe {
	const char *name;
	probe_fn *run;
};

/* probe_resources.c: what belongs to the whole host. */
extern const struct probe resource_probes[];
extern const size_t resource_probes_n;

#endif
