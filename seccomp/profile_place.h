/* seccomp/profile_place.h: where in the text a value of a parsed profile stands.
 *
 * cJSON keeps no positions. A value has the same rank in the text as in the tree, so
 * counting values in both finds it. Needs a text that jsontext_check has passed.
 */
#ifndef SECCOMP_PROFILE_PLACE_H
#define SECCOMP_PROFILE_PLACE_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* Line and column, from 1 (columns in characters), of the value's key or, in an array,
 * of the value; of the text's start if it is not in the tree. */
void profile_place(const char *text, size_t length, const cJSON *root, const cJSON *value,
	unsigned *ret_line, unsigned *ret_column);

#endif
