/* sandbox/doctor/requirement.h: what a run needs of the host besides its walls.
 *
 * Runs in  the launcher's process, as the user that a run would have. Changes nothing.
 */
#ifndef SANDBOX_DOCTOR_REQUIREMENT_H
#define SANDBOX_DOCTOR_REQUIREMENT_H

#include "sandbox/base/walls.h"
#include "sandbox/host/cause.h"

struct host_answer {
	enum wall_state state; /* enforced: as it should be; degraded: something less; absent */
	char detail[200];
	struct cause_found cause; /* name NULL: none known, or none needed */
};

struct host_row {
	const char *name;
	bool required; /* by a run with defaults */
	void (*look)(struct host_answer *ret);
};

/* The rows, in the order in which they are printed; NULL past the end. */
const struct host_row *host_row(size_t i);

#endif
