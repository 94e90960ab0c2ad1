/* sandbox/broker/broker_identity.h: the last of root's, given up by the broker itself.
 *
 * Runs in  cofferdam-broker, before it reads anything.
 * Needs    what sandbox/engine/broker_start.c leaves: its own effective and saved uid, and
 *          root's as the real one if root has started it.
 * Leaves   one uid, a process that nobody but root may look into, and its end with the
 *          launcher's: an exec with two uids forgets the parent-death signal.
 */
#ifndef SANDBOX_BROKER_BROKER_IDENTITY_H
#define SANDBOX_BROKER_BROKER_IDENTITY_H

#include "sandbox/base/failure.h"

int broker_identity(struct failure *f);

#endif
