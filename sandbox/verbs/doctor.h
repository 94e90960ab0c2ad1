/* sandbox/verbs/doctor.h: the verb `doctor`: what this host offers, wall by wall, with cause
 * and remedy.
 *
 * Examines as the user that a run has, after root was given up.
 * Returns  0 if `run` would work with the given configuration (defaults, if there is none) and
 *          nothing of Docker failed that was asked about; 1 if not; -1 if the findings could
 *          not be written.
 */
#ifndef SANDBOX_VERBS_DOCTOR_H
#define SANDBOX_VERBS_DOCTOR_H

#include "sandbox/benchmark/benchmark.h"
#include "sandbox/host/cause.h"
#include "sandbox/verbs/verb.h"

#define DOCTOR_EXTRAS 16

struct doctor_row {
	const char *name;
	enum wall_state state;
	bool required; /* an absence of this one fails a run */
	bool asked;    /* false: raised on request alone, so nothing is lost without it */
	char detail[400];
	struct cause_found cause; /* texts "" if nothing is known */
};

struct doctor {
	bool ok;
	struct doctor_row walls[WALL_COUNT];
	struct doctor_row extras[DOCTOR_EXTRAS];
	size_t extras_n;
};

/* Examine the host. Takes 25 ms where nothing hangs. */
void doctor_examine(const struct config *config, struct doctor *ret);

/* Print findings, those of Docker too unless they are NULL. JSON as in
 * tests/schema/doctor.schema.json, else a table. */
int doctor_print(const struct doctor *doctor, const struct benchmark *docker,
	const struct config *config, FILE *out, struct failure *f);

int verb_doctor(const struct verb_call *call, struct failure *f);

#endif
