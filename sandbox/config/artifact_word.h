/* sandbox/config/artifact_word.h: the word of --artifact: PATH[?][:DEST], or "-".
 *
 * PATH     of the sandbox, beneath /app where it does not begin with '/'. In a part of it '*', '?'
 *          and '[…]' are as in a shell, and a part "**" is any number of directories. A '?' at
 *          its end is none of it: PATH may then match nothing.
 * DEST     follows the last colon.
 * "-"      what has no DEST goes to stdout, as one tar.
 */
#ifndef SANDBOX_CONFIG_ARTIFACT_WORD_H
#define SANDBOX_CONFIG_ARTIFACT_WORD_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

#define ARTIFACT_PATH_BYTES 1024 /* of a PATH, with its NUL */
#define ARTIFACT_PARTS      60   /* of a PATH: each is a bit of a state (artifact_glob.h) */

struct artifact_word {
	char path[ARTIFACT_PATH_BYTES]; /* absolute and plain: no "", "." or ".." is a part of it */
	const char *destination;        /* in the word; NULL: not given */
	bool optional;
	bool to_stdout; /* the word is "-"; nothing else is filled */
};

/* origin is what f names: "--artifact", or a key with its place. clone: the directory that a relative
 * PATH begins in. */
int artifact_word_parse(const char *origin, const char *word, const char *clone,
	struct artifact_word *ret, struct failure *f);

/* Does a part of a PATH hold a character that stands for others? */
bool artifact_part_is_pattern(const char *part, unsigned long n);

#endif
