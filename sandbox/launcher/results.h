/* sandbox/launcher/results.h: when a build has ended: what of it is kept, and whether that changes
 * how the run ended.
 */
#ifndef SANDBOX_LAUNCHER_RESULTS_H
#define SANDBOX_LAUNCHER_RESULTS_H

#include "sandbox/launcher/launch.h"

/* Once there is a plan of the artifacts: none of them may be one of the files that the run itself
 * writes, as far as their names are known before the build. */
int results_plan(const struct launch *l, struct failure *f);

/* Between launch_stop() and launch_teardown(), after the run's end was concluded. A build that was
 * well and whose artifacts cannot be taken is a failed run, with a cause of its own; of a build
 * that failed the end stays what it was. -1: *f is the run's error, and the outcome says so. */
int results_take(struct launch *l, struct failure *f);

#endif
