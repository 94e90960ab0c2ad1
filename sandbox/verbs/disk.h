/* sandbox/verbs/disk.h: the verb `disk`: what an engine and we ourselves have on it.
 *
 * Prints   what a monitoring plugin does: one line with performance data, then more; or
 *          JSON (tests/schema/disk.schema.json); and with --metrics a file in Prometheus'
 *          text format, put in place whole.
 * Returns  0, 1, 2 as --warn and --crit have it, 3 if it cannot be told.
 */
#ifndef SANDBOX_VERBS_DISK_H
#define SANDBOX_VERBS_DISK_H

#include "sandbox/config/config.h"
#include "sandbox/privilege/identity.h"

#include <stdio.h>

/* What is printed where nothing can be told: the first line of a monitoring plugin, or JSON. */
void disk_unknown(bool json, FILE *out, const struct failure *f);

/* Gives root up, if we are it. f is filled where it returns 3. */
int disk_run(const struct config *config, struct identity *identity, FILE *out, struct failure *f);

#endif
