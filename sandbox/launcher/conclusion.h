/* sandbox/launcher/conclusion.h: what it all came to: exit code and cause of a run.
 *
 * Pure: from how the watch ended, and what the outcome has of usage by then.
 */
#ifndef SANDBOX_LAUNCHER_CONCLUSION_H
#define SANDBOX_LAUNCHER_CONCLUSION_H

#include "sandbox/launcher/watch.h"

/* failure: why the run failed, NULL if it did not. by_docker: that is the broker's doing. */
void conclude(const struct ending *ending, const struct failure *failure, bool by_docker,
	struct outcome *outcome);

#endif
