/* sandbox/verbs/disk_metrics.h: what `disk` found, and sums over all runs, for Prometheus.
 *
 * Format   the text exposition format 0.0.4: HELP and TYPE, label values escaped.
 * Writing  a new file beside path, synced, 0644, renamed: a collector never reads a half.
 */
#ifndef SANDBOX_VERBS_DISK_METRICS_H
#define SANDBOX_VERBS_DISK_METRICS_H

#include "sandbox/verbs/disk_usage.h"

#include "sandbox/base/failure.h"

#include <stdio.h>

/* counters: as ledger_counters() has them. */
void metrics_print(FILE *out, const struct usage *d, const cJSON *counters);
int metrics_write(
	const char *path, const struct usage *d, const cJSON *counters, struct failure *f);

#endif
