/* sandbox/launcher/source_key.h: whose a mirror of a source is.
 *
 * Of       the source's URL, how much history is asked for, whose ids the files have, and who asks:
 *          every credential that the fetcher gets, the keys in the ssh agent, and what is trusted
 *          instead of the host's certificates and the user's host keys. Who asks otherwise finds
 *          what was kept for him, or nothing.
 * Runs in  the launcher, as the user that the sandbox runs as. The store is that user's.
 * Secrets  are hashed, with all else; who can read the key can read what was fetched with them.
 */
#ifndef SANDBOX_LAUNCHER_SOURCE_KEY_H
#define SANDBOX_LAUNCHER_SOURCE_KEY_H

#include "sandbox/plan/plan.h"
#include "sandbox/store/cache_key.h"

int source_key(const struct config *config, const struct plan *plan, char ret[CACHE_KEY_BYTES],
	struct failure *f);

#endif
