#include "sandbox/base/step.h"

#include <stdio.h>

int steps_run(const struct steps *steps, void *subject, struct failure *f)
{
	char name[sizeof(f->step)];

	for (size_t i = 0; i < steps->n; i++) {
		const struct step *step = &steps->rows[i];

		if (steps->begin != NULL)
			steps->begin(subject, step->name);
		if (step->run(subject, f) < 0) {
			snprintf(name, sizeof(name), "%s: %s", steps->role, step->name);
			return fail_step(f, name);
		}
	}
	return 0;
}
