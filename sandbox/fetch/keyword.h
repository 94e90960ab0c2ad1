/* sandbox/fetch/keyword.h: "$Id$" of the attribute `ident` (gitattributes(5)).
 *
 * Pure. libgit2 expands the first one of a file only; git expands all.
 */
#ifndef SANDBOX_FETCH_KEYWORD_H
#define SANDBOX_FETCH_KEYWORD_H

#include <stddef.h>

/* text with each keyword expanded to the object's name; what another system expanded stays.
 * Owned by the caller; NULL: no memory. */
char *keyword_expand(const char *text, size_t length, const char *hex, size_t *ret_length);

#endif
