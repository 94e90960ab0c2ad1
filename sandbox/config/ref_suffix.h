/* sandbox/config/ref_suffix.h: what may stand behind a ref, as in "main~2" or "v1^{}".
 *
 * Pure: no I/O. Of gitrevisions(7) only what leads from one commit to another: ~N, ^N, ^{} and
 * ^{commit}. What asks the reflog, a message or a path (@{1}, :/text, main:file) is not of it: a
 * clone has no reflog, and no tree is built.
 */
#ifndef SANDBOX_CONFIG_REF_SUFFIX_H
#define SANDBOX_CONFIG_REF_SUFFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REF_GENERATIONS_MAX 1000000U

struct ref_step {
	bool parent;     /* ^N: the N-th parent, once; else ~N: N times the first parent */
	uint32_t number; /* 0: the commit itself, as ^{} and ^0 */
};

/* The bytes of word before its suffix. */
size_t ref_suffix_at(const char *word);

/* Take one step off *suffix. False at its end, and where it is none of ours. */
bool ref_suffix_next(const char **suffix, struct ref_step *ret);

/* How many generations the whole suffix goes back; false if it is malformed or goes back more
 * than REF_GENERATIONS_MAX. */
bool ref_suffix_generations(const char *suffix, uint32_t *ret);

#endif
