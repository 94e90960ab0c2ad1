/* sandbox/run/caps.h: capabilities gone, and read back.
 *
 * Runs in  the builder and the fetcher, before their program; the keeper, once
 *          nothing more is to be mounted.
 * Source   capabilities(7), libcap.
 */
#ifndef COFFERDAM_CAPS_H
#define COFFERDAM_CAPS_H

#include "sandbox/failure.h"

#include <stdbool.h>

/* Lock the securebits and empty the bounding and ambient sets. Needs CAP_SETPCAP, so it
 * comes before the ids change. */
int caps_forbid_regain(struct failure *f);

/* Empty the other three sets. keep_kill leaves CAP_KILL permitted and effective: the
 * keeper signals a builder that has another id. */
int caps_drop(bool keep_kill, struct failure *f);

/* All five sets empty, every securebit set and locked. */
int caps_prove(struct failure *f);

/* no_new_privs, and read back. */
int caps_no_new_privileges(struct failure *f);

#endif
