/* sandbox/docker/dockerfile_variables.h: the variables that FROM may use. */
#ifndef SANDBOX_DOCKER_DOCKERFILE_VARIABLES_H
#define SANDBOX_DOCKER_DOCKERFILE_VARIABLES_H

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

#endif
