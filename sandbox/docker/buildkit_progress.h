/* sandbox/docker/buildkit_progress.h: what BuildKit says of a build while it runs (Control/Status).
 *
 * Pure: one message of the engine's in, the same with as many bytes out; and one of ours.
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_PROGRESS_H
#define SANDBOX_DOCKER_BUILDKIT_PROGRESS_H

#include "sandbox/docker/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Mask paths of the engine's host (engine_word.h) in what is said of steps: errors, warnings, and
 * their output, in which runc says why one could not begin. False: it is no such message. */
bool buildkit_progress_mask(char *message, size_t n, const char *root);

/* A message of ours: a step that is called so, and done at that time. -1: no memory. */
int buildkit_progress_note(const char *words, uint64_t seconds, struct text *ret);

#endif
