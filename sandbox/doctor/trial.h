/* sandbox/doctor/trial.h: one wall, tried in a child that is thrown away.
 *
 * The child is in new namespaces as its row in wall_probe.c says, with its ids mapped. What
 * tries the wall returns 0 with trial->detail filled, or -1 as everybody does.
 */
#ifndef SANDBOX_DOCTOR_TRIAL_H
#define SANDBOX_DOCTOR_TRIAL_H

#include "namespaces/proof.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"
#include "sandbox/base/walls.h"

#include <stdint.h>

struct trial {
	struct user_ids ids;
	char map_detail[160]; /* user_map()'s words */
	uint64_t host[PROOF_COUNT];
	char detail[400];
	enum wall_state state; /* enforced, unless the trial says less */
};

/* Fill trial->detail; returns 0, to end a trial that went well. */
int trial_say(struct trial *trial, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
