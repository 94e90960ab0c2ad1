/* sandbox/verbs/disk_threshold.h: --warn and --crit, and what a monitoring plugin says.
 *
 * Pure. A threshold is a size (20G) or a share of a file system (80%).
 * Source   Monitoring Plugins Development Guidelines: exit codes, performance data.
 */
#ifndef SANDBOX_VERBS_DISK_THRESHOLD_H
#define SANDBOX_VERBS_DISK_THRESHOLD_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

struct threshold {
	bool given, percent;
	uint64_t value; /* bytes, or percent */
};

/* word NULL: not given. */
int threshold_parse(const char *name, const char *word, struct threshold *ret, struct failure *f);
/* Two of a kind, and crit above warn: a share is judged by what is used of the file system, a
 * size by what the engine and we have of it. */
int threshold_check(const struct threshold *warn, const struct threshold *crit, struct failure *f);

/* In bytes; UINT64_MAX where it is not given, or a share of a size that is not known. */
uint64_t threshold_bytes(const struct threshold *threshold, uint64_t total_bytes);

enum threshold_state { THRESHOLD_OK, THRESHOLD_WARNING, THRESHOLD_CRITICAL, THRESHOLD_UNKNOWN };
/* As exit code and as word. */
enum threshold_state threshold_judge(uint64_t used, uint64_t warn_bytes, uint64_t crit_bytes);
const char *threshold_word(enum threshold_state state);

#endif
