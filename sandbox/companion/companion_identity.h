/* sandbox/companion/companion_identity.h: the last of root's, given up by the program itself.
 *
 * Runs in  the companion's program, before it reads anything.
 * Needs    what sandbox/companion/companion.c leaves: its own effective and saved uid, and
 *          root's as the real one if root has started it.
 * Leaves   one uid, a process that nobody but root may look into, and its end with the
 *          launcher's: an exec with two uids forgets the parent-death signal.
 */
#ifndef SANDBOX_COMPANION_COMPANION_IDENTITY_H
#define SANDBOX_COMPANION_COMPANION_IDENTITY_H

#include "sandbox/base/failure.h"

int companion_identity(struct failure *f);

#endif
