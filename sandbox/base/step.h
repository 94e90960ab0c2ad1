/* sandbox/base/step.h: an order that is data.
 *
 * What a process does from its first instruction to the moment that matters is a table of
 * rows. They run one after the other, and the first that fails ends it. The same rows are
 * printed by --steps and explain, cited in SECURITY.md, and their order is tested.
 */
#ifndef SANDBOX_BASE_STEP_H
#define SANDBOX_BASE_STEP_H

#include "sandbox/base/failure.h"

#include <stddef.h>

struct step {
	const char *name;
	int (*run)(void *subject, struct failure *f);
	const char *reason; /* why it stands where it stands */
};

struct steps {
	const char *role; /* whose: "keeper" */
	const struct step *rows;
	size_t n;
	void (*begin)(void *subject, const char *name); /* told of each; NULL: nobody */
};

/* Run the rows in order on what they work on; a failure carries "role: step". */
int steps_run(const struct steps *steps, void *subject, struct failure *f);

#endif
