#include "sandbox/base/step.h"

#include "sandbox/base/step_clock.h"

#include <stdio.h>

int steps_run(const struct steps *steps, void *subject, struct failure *f)
{
	char name[sizeof(f->step)];

	for (size_t i = 0; i < steps->n; i++) {
		const struct step *step = &steps->rows[i];

		struct step_time *time = step_clock_begin(steps->role, step->name);

		if (steps->begin != NULL)
			steps->begin(subject, step->name);
		if (step->run(subject, f) < 0) {
			snprintf(name, sizeof(name), "%s: %s", steps->role, step->name);
			return fail_step(f, name);
		}
		step_clock_end(time);
	}
	return 0;
}
