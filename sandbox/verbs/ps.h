/* sandbox/verbs/ps.h: the verb `ps`: the sandboxes of this user that run now.
 *
 * Reads    the state files only; what they say was written by our own launchers, and
 *          is cleaned of control characters nevertheless.
 */
#ifndef SANDBOX_VERBS_PS_H
#define SANDBOX_VERBS_PS_H

#include "sandbox/verbs/verb.h"

/* One line (or with --json one object) per run. What only looks does it as the user that a run
 * would have. */
int verb_ps(const struct verb_call *call, struct failure *f);
/* The same as whoever we are. */
int ps_print(const struct config *config, FILE *out, struct failure *f);

#endif
