/* sandbox/base/jsonkey.h: the keys of a JSON text, compared where they stand.
 *
 * Pure. A key is given by the first byte behind its opening quote. It was read before: it ends
 * with a quote, and what is in it is valid UTF-8 with escapes that JSON has.
 */
#ifndef SANDBOX_BASE_JSONKEY_H
#define SANDBOX_BASE_JSONKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two keys that fold alike have one hash. */
uint64_t jsonkey_hash(const unsigned char *at);
/* Equal once escapes are decoded and letters folded, as Go's encoding/json folds them: ASCII
 * case, U+017F as s, U+212A as k. */
bool jsonkey_folds_alike(const unsigned char *a, const unsigned char *b);
/* Equal to the letter, escapes decoded. name is valid UTF-8 without escapes. */
bool jsonkey_is(const unsigned char *at, const char *name);
/* How many of its bytes to show, in whole characters. */
size_t jsonkey_length(const unsigned char *at, size_t most);

#endif
