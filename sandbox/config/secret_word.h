/* sandbox/config/secret_word.h: the word of --secret: NAME=FILE, NAME=fd:N, NAME=env:VAR.
 *
 * Only where a secret is stands in it, never the secret.
 */
#ifndef SANDBOX_CONFIG_SECRET_WORD_H
#define SANDBOX_CONFIG_SECRET_WORD_H

#include "sandbox/base/failure.h"

#define SECRET_NAME_BYTES 65 /* with its NUL */

struct secret_word {
	char name[SECRET_NAME_BYTES]; /* of the file inside: letters, digits, '.', '_' and '-' */
	const char *target;           /* in the word: a path, or "fd:N"; NULL: variable is filled */
	const char *variable;         /* in the word */
};

/* origin is what f names. A word that is refused is not quoted: it may be the secret. */
int secret_word_parse(
	const char *origin, const char *word, struct secret_word *ret, struct failure *f);

#endif
