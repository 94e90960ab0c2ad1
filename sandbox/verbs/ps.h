/* sandbox/verbs/ps.h: the verb `ps`: the sandboxes of this user that run now.
 *
 * Reads    the state files only; what they say was written by our own launchers, and
 *          is cleaned of control characters nevertheless.
 */
#ifndef SANDBOX_VERBS_PS_H
#define SANDBOX_VERBS_PS_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdio.h>

/* One line (or with --json one object) per run, to out. */
int ps_run(const struct config *config, FILE *out, struct failure *f);

#endif
