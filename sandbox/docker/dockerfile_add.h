/* sandbox/docker/dockerfile_add.h: what ADD may take: a download would come by the engine, from
 * the host's own network.
 */
#ifndef SANDBOX_DOCKER_DOCKERFILE_ADD_H
#define SANDBOX_DOCKER_DOCKERFILE_ADD_H

#include "sandbox/docker/dockerfile_reader.h"

/* Is it a file of the context, whatever its variables become? It is known up to its first
 * variable, quote or escape. */
int add_source_check(struct dockerfile_reader *reader, struct span source);
/* The arguments in the form ["a", "b"]: strict, checked, and written anew. */
int add_json_write(struct dockerfile_reader *reader, struct span args);

#endif
