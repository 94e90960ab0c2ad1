/* sandbox/base/utf8.h: where a valid sequence ends.
 *
 * Pure. Valid is Unicode 15, table 3-7: no overlong form, no surrogate, nothing past U+10FFFF.
 */
#ifndef SANDBOX_BASE_UTF8_H
#define SANDBOX_BASE_UTF8_H

#include <stddef.h>

/* The length of the valid sequence at s, which is NUL-terminated: 0 if there is none or s is at
 * its end. The NUL is not a continuation byte, so nothing is read past it. */
size_t utf8_length(const char *s);
/* The same for the n bytes at s, none of which is read past; a NUL is a character of one byte. */
size_t utf8_length_within(const char *s, size_t n);

#endif
