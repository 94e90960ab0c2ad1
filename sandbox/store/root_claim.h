/* sandbox/store/root_claim.h: an entry of the store, locked, made and put away: the calls of which
 * two processes may be in the middle at once.
 *
 * Rule  A name means what a descriptor has only if it is looked up again when the lock is held:
 *       whoever had it before may have renamed it.
 */
#ifndef SANDBOX_STORE_ROOT_CLAIM_H
#define SANDBOX_STORE_ROOT_CLAIM_H

#include "sandbox/base/failure.h"
#include "sandbox/base/random.h"

#include <stdbool.h>

#define ROOT_CLAIM_GONE_BYTES (sizeof("gone-") + RANDOM_HEX)

/* Open it with the lock (LOCK_SH, LOCK_EX), without waiting. -1 with errno; EWOULDBLOCK: somebody
 * has it. */
int root_claim_open(int dir_fd, const char *name, int lock);
/* By that errno: is what lies there no directory, so that nobody can have it? */
bool root_claim_is_rubbish(int errnum);

/* Make NAME.new, empty and locked for us alone. EWOULDBLOCK in f: another run is making it. What a
 * dead one has left there is put away. Refused: where files could not be kept as they are. */
int root_claim_make(int dir_fd, const char *name, struct failure *f);

/* Out of the way, under a name that says so (ret_gone, if it is not NULL). Needs the lock. */
int root_claim_put_away(int dir_fd, const char *name, char *ret_gone);

#endif
