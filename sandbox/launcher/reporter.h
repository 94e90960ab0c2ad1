/* sandbox/launcher/reporter.h: all to whom it is told what happens in a run.
 *
 * The report at the end, the events as they happen, the person at the terminal. Passed to
 * whatever in the launcher has something to tell; all three are borrowed.
 */
#ifndef SANDBOX_LAUNCHER_REPORTER_H
#define SANDBOX_LAUNCHER_REPORTER_H

#include "sandbox/report/events.h"
#include "sandbox/report/outcome.h"
#include "sandbox/report/progress.h"

struct reporter {
	struct outcome *outcome;
	struct events *events;
	struct progress *progress;
};

/* One more thing that was taken away, or could not be. */
void reporter_teardown(
	const struct reporter *reporter, const char *what, bool removed, const char *detail);

#endif
