/* sandbox/report/report.h: the outcome as one JSON object, written whole or not at all.
 *
 * Runs in  the launcher, after the ids that it keeps are the only ones it has: the
 *          caller names the file, so it is opened with no more power than the
 *          caller has.
 */
#ifndef SANDBOX_REPORT_REPORT_H
#define SANDBOX_REPORT_REPORT_H

#include "sandbox/report/outcome.h"

/* Check early that path can be written (its directory is opened and kept, a
 * temporary file is created there and unlinked); *ret_dir_fd is the caller's. */
int report_open(const char *path, int *ret_dir_fd, struct failure *f);

/* Write "name.<id>.tmp" in dir_fd, fsync, rename over the last component of path.
 * Mode 0600. */
int report_write(int dir_fd, const char *path, const struct outcome *outcome, struct failure *f);

/* Parts of it that a provenance has as well; NULL without memory. */
cJSON *report_result(const struct outcome *outcome);
cJSON *report_walls(const struct outcome *outcome);
cJSON *report_limits(const struct outcome *outcome);

/* The report as text (heap, the caller's), NULL when memory is out. */
char *report_text(const struct outcome *outcome);

#endif
