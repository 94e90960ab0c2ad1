/* sandbox/docker/dockerfile_stages.h: names of stages and images, in FROM and --from. */
#ifndef SANDBOX_DOCKER_DOCKERFILE_STAGES_H
#define SANDBOX_DOCKER_DOCKERFILE_STAGES_H

#include "sandbox/docker/dockerfile_reader.h"

/* The name of one of the first stages, or NULL. */
const char *stage_find(const struct dockerfile_reader *reader, struct span name, size_t before);
/* Name the stage at hand, and write " AS name". */
int stage_name(struct dockerfile_reader *reader, struct span name);
/* Write the name of an image, and put it into the list. */
int image_write(struct dockerfile_reader *reader, struct span name);

#endif
