/* sandbox/docker/pax.h: the records of a pax header, one after another.
 *
 * Pure     "LENGTH KEY=VALUE\n", LENGTH being that of all of it; pax(1), "Extended Header".
 */
#ifndef SANDBOX_DOCKER_PAX_H
#define SANDBOX_DOCKER_PAX_H

#include "sandbox/docker/text.h"

#include <stdbool.h>

struct pax_record {
	struct span key, value; /* within what was read */
};

/* Take the next one off *rest. 1; 0: there is none; -1: what stands there is none. */
int pax_next(struct span *rest, struct pax_record *ret);
bool pax_is(const struct pax_record *record, const char *key);
bool pax_is_sparse(const struct pax_record *record);

#endif
