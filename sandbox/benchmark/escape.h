/* sandbox/benchmark/escape.h: versions of an engine's parts from which a build has escaped.
 *
 * Pure. Distributions mend without a new number: what carries one of their suffixes is told as
 * old, not as open.
 * Source   the advisories of runc, crun, containerd, moby and BuildKit that each row names.
 */
#ifndef SANDBOX_BENCHMARK_ESCAPE_H
#define SANDBOX_BENCHMARK_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

struct escape {
	const char *component; /* as /version of Docker calls it */
	const char *cve;
	const char *fixed; /* the first mended release of each branch; newer branches have it */
};

/* A part of an engine by the name that rows have, and its version as one word. Podman has "OCI
 * Runtime (runc)" and "runc version 1.1.5\ncommit: ..." (pkg/api/handlers/compat/version.go). */
struct escape_part {
	char name[32], version[64];
};
void escape_part(const char *component, const char *version, struct escape_part *ret);

/* It is what runs containers, there are rows for it, and its version is one. */
bool escape_is_judged_runtime(const struct escape_part *part);

/* The first escape that this part is open to, or NULL; NULL too for what is not a version.
 * *ret_patched: the number has a distribution's suffix. */
const struct escape *escape_find(const struct escape_part *part, bool *ret_patched);

#endif
