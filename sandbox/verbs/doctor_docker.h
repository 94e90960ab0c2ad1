/* sandbox/verbs/doctor_docker.h: `doctor --docker`: what benchmark/ judges is asked here.
 *
 * Sources  the engine's own /info and /version (by a confined broker), daemon.json, the socket,
 *          and what listens in our network namespace. Options of dockerd's command line are
 *          seen where /info tells them, else not.
 */
#ifndef SANDBOX_VERBS_DOCTOR_DOCKER_H
#define SANDBOX_VERBS_DOCTOR_DOCKER_H

#include "sandbox/benchmark/benchmark.h"
#include "sandbox/config/config.h"
#include "sandbox/privilege/identity.h"

#include <stdio.h>

/* The whole; gives root up on the way. An engine that is missing is a row that failed. */
int doctor_docker_examine(const struct config *config, struct identity *identity,
	struct benchmark *ret, struct failure *f);

void doctor_docker_print(const struct benchmark *benchmark, FILE *out);
/* The member "docker" of doctor.schema.json. NULL: out of memory. */
cJSON *doctor_docker_json(const struct benchmark *benchmark);

#endif
