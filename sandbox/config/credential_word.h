/* sandbox/config/credential_word.h: the word of --credential: HOST[:PORT]=FILE, HOST[:PORT]=fd:N.
 *
 * Only where a credential is stands in it, never the credential.
 */
#ifndef SANDBOX_CONFIG_CREDENTIAL_WORD_H
#define SANDBOX_CONFIG_CREDENTIAL_WORD_H

#include "sandbox/base/failure.h"
#include "sandbox/net/http_goal.h"

#define CREDENTIALS_MOST 32 /* not more than secrets: see close_unnamed() in main.c */

struct credential_word {
	struct http_goal goal; /* port 0: the usual one of what asks */
	const char *target;    /* in the word: a path, or "fd:N" */
};

/* origin is what f names. A word that is refused is not quoted: it may be the credential. */
int credential_word_parse(
	const char *origin, const char *word, struct credential_word *ret, struct failure *f);

/* Is it for this URL of http or https? Without a port it is for https, and for plain http only where
 * the user named just that place: whoever writes a .gitmodules must not have it sent in the clear.
 * named: SOURCE's URL. */
bool credential_fits(const struct http_goal *goal, const char *url, const char *named);

#endif
