/* sandbox/house/escape.h: versions of an engine's parts from which a build has escaped.
 *
 * Pure. Distributions mend without a new number: what carries one of their suffixes is told as
 * old, not as open.
 * Source   the advisories of runc, moby and BuildKit that each row names.
 */
#ifndef COFFERDAM_ESCAPE_H
#define COFFERDAM_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

struct escape {
	const char *component; /* as /version calls it */
	const char *cve;
	const char *fixed; /* the first mended release of each branch; newer branches have it */
};

/* The first escape that this version is open to, or NULL; NULL too for what is no version.
 * *ret_patched: the number has a distribution's suffix. */
const struct escape *escape_find(const char *component, const char *version, bool *ret_patched);

#endif
