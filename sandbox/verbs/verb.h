/* sandbox/verbs/verb.h: what every verb is given, and what it gives back.
 *
 * A verb   is a file here and a row in main.c: `int verb_NAME(const struct verb_call *, struct
 *          failure *)`. It writes its answer to out and prints nothing else.
 * Returns  the exit code; or -1 and a failure, which main.c prints and makes EXIT_REFUSED of.
 */
#ifndef SANDBOX_VERBS_VERB_H
#define SANDBOX_VERBS_VERB_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdio.h>

#define EXIT_REFUSED 125 /* cofferdam could not do what was asked */

struct verb_call {
	struct config *config; /* a run tightens it, as its repository asks */
	enum verb topic;       /* help: with what */
	FILE *out;
	/* main.c's: print a failure that comes with an exit code of its own, or that is not the
	 * only one. Also in a child. */
	void (*tell)(const struct failure *f);
};

#endif
