/* sandbox/verbs/disk.h: the verb `disk`: what an engine and we ourselves have on it.
 *
 * Prints   what a monitoring plugin does: one line with performance data, then more; or
 *          JSON (tests/schema/disk.schema.json); and with --metrics a file in Prometheus'
 *          text format, put in place whole.
 * Returns  0, 1, 2 as --warn and --crit have it, 3 if it cannot be told.
 */
#ifndef SANDBOX_VERBS_DISK_H
#define SANDBOX_VERBS_DISK_H

#include "sandbox/verbs/verb.h"

int verb_disk(const struct verb_call *call, struct failure *f);

/* A command line that could not be read, for a monitor understands one line also then: 3 if it
 * is this verb's, else -1. */
int verb_disk_refuse(int argc, char *argv[], FILE *out, const struct failure *why);

#endif
