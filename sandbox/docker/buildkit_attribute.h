/* sandbox/docker/buildkit_attribute.h: what may be told to the Dockerfile frontend, as rows.
 *
 * Pure. Attributes are the arguments of a build: of FROM, RUN and their network, of contexts
 * and caches. One without a row is refused by name.
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_ATTRIBUTE_H
#define SANDBOX_DOCKER_BUILDKIT_ATTRIBUTE_H

#include "sandbox/docker/schema.h"

/* For explain, too; a name that ends in '*' stands for all that begin so. */
extern const struct schema buildkit_attributes;

/* `check` and `make` of a field that holds attributes. */
int buildkit_attributes_check(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
cJSON *buildkit_attributes_make(struct schema_run *run, const cJSON *given);

/* A reference of a build or a session's id: long, and of characters that mean nothing. */
bool buildkit_is_id(const char *word);

/* Where the engine finds a context that the session sends: this, and an id behind it. */
#define BUILDKIT_UPLOAD "http://buildkit-session/"
#define BUILDKIT_CACHES "caches of registries are loaded and stored by the engine"

#endif
