/* sandbox/verbs/explain_docker.h: what a builder may ask of Docker, from the broker's own tables.
 *
 * Runs in  the launcher, for `explain --docker LEVEL`. The engine is looked for and not
 *          spoken to; one that is missing is said, and is not a failure.
 */
#ifndef SANDBOX_VERBS_EXPLAIN_DOCKER_H
#define SANDBOX_VERBS_EXPLAIN_DOCKER_H

#include "sandbox/config/config.h"
#include "sandbox/privilege/identity.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* Before root is given up: where the engine is, or why there is none. */
struct explain_engine {
	char socket[256]; /* "" if none was found */
	char detail[400];
};
void explain_engine_find(
	const struct config *config, const struct identity *identity, struct explain_engine *ret);

/* The object "docker": level, engine, grants, routes with their queries, bodies. */
cJSON *explain_docker_json(const struct config *config, const struct explain_engine *engine);
/* Level and engine; how many calls there are; and every row. */
void explain_docker_head(FILE *out, const cJSON *docker);
void explain_docker_count(FILE *out, const cJSON *docker);
void explain_docker_print(FILE *out, const cJSON *docker);

#endif
