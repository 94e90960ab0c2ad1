/* sandbox/launcher/step_cause.h: what on this host made a step fail, if that is known.
 *
 * A step of the keeper's says which call failed; host/cause.h says what on a host forbids a
 * wall. Between them stands a table.
 */
#ifndef SANDBOX_LAUNCHER_STEP_CAUSE_H
#define SANDBOX_LAUNCHER_STEP_CAUSE_H

#include "sandbox/base/failure.h"

#include <stddef.h>

/* The keeper has failed: f gets cause and remedy. */
void step_cause_explain(struct failure *f);
/* The keeper could not be cloned. -1. */
int step_cause_explain_clone(struct failure *f);

/* The i-th step of which a cause is known, NULL past the end: a test shows that it exists. */
const char *step_cause_step(size_t i);

#endif
