/* sandbox/base/jsonplace.h: line and column of what a JSON text has, for messages.
 *
 * Pure. Both count from 1, columns in characters.
 */
#ifndef SANDBOX_BASE_JSONPLACE_H
#define SANDBOX_BASE_JSONPLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Of the byte at, in the text that begins at start. */
void jsonplace_at(const unsigned char *start, const unsigned char *at, unsigned *ret_line,
	unsigned *ret_column);

/* Where the key path (NULL-terminated, from the top object) stands in a text that passed
 * jsontext_check; false if it is not there. */
bool jsonplace_find(const char *text, size_t length, const char *const path[], unsigned *ret_line,
	unsigned *ret_column);

#endif
