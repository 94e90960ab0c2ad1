/* sandbox/base/utf8.h: where a valid sequence ends.
 *
 * Pure. Strings are NUL-terminated; the NUL is no continuation byte, so nothing is read
 * past it.
 */
#ifndef SANDBOX_BASE_UTF8_H
#define SANDBOX_BASE_UTF8_H

#include <stddef.h>

/* The length of the valid sequence at s, 0 if there is none or s is at its end (Unicode 15,
 * table 3-7: no overlong form, no surrogate, nothing past U+10FFFF). */
size_t utf8_length(const char *s);

#endif
