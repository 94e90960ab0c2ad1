/* sandbox/base/base64.h: bytes as text, RFC 4648.
 *
 * Pure. What is encoded is padded; decoding takes either alphabet, padded or not, and
 * refuses everything else: no white space, no byte past the padding, no digit left over.
 */
#ifndef SANDBOX_BASE_BASE64_H
#define SANDBOX_BASE_BASE64_H

#include <stddef.h>

/* To be freed; NULL: no memory. */
char *base64_encode(const void *bytes, size_t n);
/* With '-' and '_' in place of '+' and '/', still padded, as Docker's headers have it. */
char *base64_encode_url(const void *bytes, size_t n);

/* The bytes, to be freed, and a NUL behind them that *ret_n does not count. NULL: text is
 * no base64, or no memory. */
char *base64_decode(const char *text, size_t *ret_n);

#endif
