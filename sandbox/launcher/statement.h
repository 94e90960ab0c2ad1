/* sandbox/launcher/statement.h: --provenance: found to be possible at first, written at last.
 *
 * Runs in  the launcher, as the ids that it keeps; statement_write() when the last process of the
 *          run is dead and its artifacts have their names.
 */
#ifndef SANDBOX_LAUNCHER_STATEMENT_H
#define SANDBOX_LAUNCHER_STATEMENT_H

#include "sandbox/plan/plan.h"
#include "sandbox/report/outcome.h"

#include <sha2.h>

struct statement {
	int dir_fd;                             /* -1: none is asked for */
	char root[SHA256_DIGEST_STRING_LENGTH]; /* of what --rootfs named; "": of nothing */
};

/* Without artifacts there is nothing to state, and where nobody may write no place. */
int statement_open(struct statement *statement, const struct config *config, struct failure *f);
/* What the root will be made from, before it is. */
int statement_plan(struct statement *statement, const struct plan *plan, struct failure *f);
/* Nothing is left where it fails. */
int statement_write(struct statement *statement, const struct config *config,
	const struct plan *plan, const struct outcome *outcome, struct failure *f);

#endif
