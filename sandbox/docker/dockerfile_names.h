/* sandbox/docker/dockerfile_names.h: the variables of FROM, and the names of stages and images. */
#ifndef SANDBOX_DOCKER_DOCKERFILE_NAMES_H
#define SANDBOX_DOCKER_DOCKERFILE_NAMES_H

#include "sandbox/docker/dockerfile_reader.h"

bool variable_has_char(char c, bool first);
/* "NAME" or "NAME=default" of an ARG before the first FROM. */
int variable_declare(struct dockerfile_reader *reader, struct span word);
/* A word of ARG: blanks stand in quotes. False: a quote is not closed. */
bool variable_next_word(struct span *rest, struct span *ret);
/* Up to stop, which is taken too ('\0': to the end). -1, without a refusal: it holds what
 * engines do not agree on, or a variable that nobody declared. */
int variable_expand(struct dockerfile_reader *reader, struct span *rest, char stop, unsigned depth,
	struct text *ret);

/* The name of one of the first stages, or NULL. */
const char *stage_find(const struct dockerfile_reader *reader, struct span name, size_t before);
/* Name the stage at hand, and write " AS name". */
int stage_name(struct dockerfile_reader *reader, struct span name);
/* Write the name of an image, and put it into the list. */
int image_write(struct dockerfile_reader *reader, struct span name);

#endif
