/* sandbox/launcher/supervise.h: the launcher's loop, from the clone of the keeper to the last
 * byte of output.
 *
 * Waits    with one poll(2) for signals, the keeper's end, its messages, the fetcher's records,
 *          the broker's messages and the builder's streams. Nothing in it blocks.
 * Given    by who started us, and so perhaps shared with others who do not read or write:
 *
 *            stdin, stdout, stderr  opened anew with O_NONBLOCK; what cannot be is asked in a
 *                                   hurry (relay.c, base/hurry.h)
 *            our words on stderr    what is not taken in a hurry is lost (report/progress.c)
 *            --events               opened anew with O_NONBLOCK (report/events.c)
 *            --report               a new file, written when all has ended
 *            fd:N of a credential   read when the run is planned: who gives a pipe there and
 *                                   writes nothing is waited for, before anything has begun
 * Decides  nothing about walls: it orders, relays, keeps the limits of time and of output, and
 *          notes how all of it came to its end.
 */
#ifndef SANDBOX_LAUNCHER_SUPERVISE_H
#define SANDBOX_LAUNCHER_SUPERVISE_H

#include "sandbox/launcher/watch.h"

/* Fails if the run did not come to a builder's own end. */
int supervise(const struct supervised *run, struct ending *ret, struct failure *f);

#endif
