/* sandbox/report/summary.h: three lines for the person at the terminal, when a run has ended.
 *
 * How it ended and how long each phase took; what it used of its limits, and which wall it met
 * most, with what would permit that; where report, log and artifacts are. Nothing where stderr is
 * no terminal, and nothing with -q. Before them, on any stderr, the steps of --timings.
 */
#ifndef SANDBOX_REPORT_SUMMARY_H
#define SANDBOX_REPORT_SUMMARY_H

#include "sandbox/report/outcome.h"
#include "sandbox/report/progress.h"

void summary_print(
	struct progress *progress, const struct outcome *outcome, const struct config *config);

#endif
