/* sandbox/launcher/closing.h: the last line of a run whose command did not just exit: which
 * setting it met, and what to do about it.
 *
 * Pure: from how the watch ended and what it came to. What failed has its own words, but for a
 * sandbox that died of want of memory as a whole.
 */
#ifndef SANDBOX_LAUNCHER_CLOSING_H
#define SANDBOX_LAUNCHER_CLOSING_H

#include "sandbox/launcher/watch.h"

/* False: there is nothing to say. */
bool closing_words(const struct ending *ending, const struct config *config,
	const struct outcome *outcome, struct failure *ret);

#endif
