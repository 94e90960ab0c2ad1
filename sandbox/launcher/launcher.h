/* sandbox/launcher/launcher.h: one run, seen from outside.
 *
 * The launcher decides everything (launcher.c: its steps in order), watches
 * (supervise.c: one loop), and takes everything away again. It has no privilege, one
 * thread, and reads nothing of a stranger but records of a fixed form.
 */
#ifndef SANDBOX_LAUNCHER_LAUNCHER_H
#define SANDBOX_LAUNCHER_LAUNCHER_H

#include "sandbox/base/step.h"
#include "sandbox/config/config.h"
#include "sandbox/report/outcome.h"
#include "sandbox/report/progress.h"

/* Do one run from beginning to end. The exit code is cofferdam's; outcome is filled as
 * far as the run came, and f if outcome->failed. */
int launcher_run(struct config *config, struct progress *progress, struct outcome *outcome,
	struct failure *f);

extern const struct steps launcher_steps;

#endif
