/* sandbox/config/cache_word.h: the word of --cache: NAME:DST[:ro|:rw].
 *
 * NAME     of the cache, among those of one scope (cache_key.h). It is never a part of a path.
 * DST      of the sandbox, absolute and plain.
 * :rw      what the build leaves there is kept, if the build was well; without it nothing is.
 */
#ifndef SANDBOX_CONFIG_CACHE_WORD_H
#define SANDBOX_CONFIG_CACHE_WORD_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

#define CACHE_NAME_BYTES  65  /* with its NUL, as the next */
#define CACHE_PLACE_BYTES 256 /* of DST */

struct cache_word {
	char name[CACHE_NAME_BYTES]; /* letters, digits, '.', '_' and '-' */
	char place[CACHE_PLACE_BYTES];
	bool writes;
};

/* origin is what f names: "--cache", or a key with its place. */
int cache_word_parse(
	const char *origin, const char *word, struct cache_word *ret, struct failure *f);

#endif
