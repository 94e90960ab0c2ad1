/* sandbox/artifact/artifact_glob.h: the user's pattern against a stranger's names.
 *
 * Pure. One walk over the tree decides everything: a state is the set of parts of the pattern
 *       that may come next, one bit each, so that no "**" makes anybody try again, and no file
 *       is met twice.
 * As in a shell  neither '*' nor "**" stands for a name that begins with a dot.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_GLOB_H
#define SANDBOX_ARTIFACT_ARTIFACT_GLOB_H

#include "sandbox/config/artifact_word.h"

#include <stddef.h>
#include <stdint.h>

struct artifact_glob {
	char text[ARTIFACT_PATH_BYTES]; /* the parts, each ended by a NUL */
	const char *parts[ARTIFACT_PARTS + 1];
	size_t parts_n;
	size_t fixed; /* so many directories are named in full: the walk begins below them */
	char base[ARTIFACT_PATH_BYTES]; /* those, "" for none */
};

/* path: "app/dist/PATTERN", relative and plain, as artifact_word.h leaves it. */
void artifact_glob_init(struct artifact_glob *ret, const char *path);
/* Are all its parts names? */
bool artifact_glob_is_literal(const struct artifact_glob *glob);

uint64_t artifact_glob_begin(const struct artifact_glob *glob);
/* The state behind a name. 0: nothing below it can match. */
uint64_t artifact_glob_step(const struct artifact_glob *glob, uint64_t state, const char *name);
bool artifact_glob_accepts(const struct artifact_glob *glob, uint64_t state);

#endif
