/* sandbox/docker/dockerfile_heredoc.h: "<<WORD", or what one of the parsers takes for it. */
#ifndef SANDBOX_DOCKER_DOCKERFILE_HEREDOC_H
#define SANDBOX_DOCKER_DOCKERFILE_HEREDOC_H

#include "sandbox/docker/text.h"

/* Newer parsers would take the lines that follow for the contents of a file. */
bool heredoc_is_possible(struct span text);

#endif
