/* sandbox/launcher/neighbours.h: where this user's other runs are.
 *
 * Runs in  the launcher, before its own run is registered (state.h says why).
 */
#ifndef SANDBOX_LAUNCHER_NEIGHBOURS_H
#define SANDBOX_LAUNCHER_NEIGHBOURS_H

#include <stdint.h>

/* From which processor on a run with this limit meets the fewest. Files of state that cannot be
 * read count as none: it is about speed alone. */
unsigned neighbours_processor(uint64_t cpus_milli);

#endif
