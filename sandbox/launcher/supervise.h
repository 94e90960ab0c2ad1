/* sandbox/launcher/supervise.h: the launcher's loop, from the clone of the keeper to the last
 * byte of output.
 *
 * Waits    with one poll(2) for signals, the keeper's end, its messages, the fetcher's records,
 *          the broker's messages and the builder's streams. Nothing in it blocks.
 * Decides  nothing about walls: it orders, relays, keeps the limits of time and of output, and
 *          notes how all of it came to its end.
 */
#ifndef SANDBOX_LAUNCHER_SUPERVISE_H
#define SANDBOX_LAUNCHER_SUPERVISE_H

#include "sandbox/launcher/watch.h"

/* Fails if the run did not come to a builder's own end. */
int supervise(const struct supervised *run, struct ending *ret, struct failure *f);

#endif
