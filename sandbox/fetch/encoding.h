/* sandbox/fetch/encoding.h: the attribute `working-tree-encoding` (gitattributes(5)).
 *
 * The repository has UTF-8, the work tree what the attribute names; iconv(3) converts.
 */
#ifndef SANDBOX_FETCH_ENCODING_H
#define SANDBOX_FETCH_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

/* Load converters, which are libraries, while there is a right to: a fetcher may map no code
 * once it is confined. Those of Windows and of old Western text; text in another encoding is left
 * in UTF-8. They stay open. */
void encoding_load(void);

/* Whether name may be given to iconv: letters, digits and -._:, no path and no suffix. False
 * for UTF-8 too, of which nothing is converted. */
bool encoding_is_named(const char *name);

/* text in that encoding, with the byte order mark that git writes. Owned by the caller. NULL if
 * the encoding is not known or has not all of the text: then git leaves it as it is. */
char *encoding_convert(const char *name, const char *text, size_t length, size_t *ret_length);

#endif
