#include "sandbox/base/jsonkey.h"

#include <string.h>

/* The next character of well-formed UTF-8. */
static uint32_t next_plain(const unsigned char **p)
{
	const unsigned char *s = *p;

	if (s[0] < 0x80) {
		*p += 1;
		return s[0];
	}
	if (s[0] < 0xe0) {
		*p += 2;
		return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	}
	if (s[0] < 0xf0) {
		*p += 3;
		return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
	}
	*p += 4;
	return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
	       (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
}

/* Four hexadecimal digits, which were checked. */
static uint32_t unit_at(const unsigned char *p)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++)
		unit = unit << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return unit;
}

/* The next character of a string that was read before, decoded. */
static uint32_t next_character(const unsigned char **p)
{
	static const char escapes[] = "bfnrt", decoded[] = "\b\f\n\r\t";
	const unsigned char *s = *p;
	uint32_t unit;

	if (s[0] != '\\')
		return next_plain(p);
	if (s[1] != 'u') {
		const char *escape = strchr(escapes, s[1]);

		*p += 2;
		return escape != NULL ? (unsigned char)decoded[escape - escapes] : s[1];
	}
	unit = unit_at(s + 2);
	*p += 6;
	if (unit < 0xd800 || unit > 0xdbff)
		return unit;
	*p += 6;
	return 0x10000 + ((unit - 0xd800) << 10) + (unit_at(s + 8) - 0xdc00);
}

/* As Go's encoding/json compares keys: the only characters beyond ASCII that fold
 * into it are the long s and the Kelvin sign. */
static uint32_t fold(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	return c == 0x17f ? 's' : c == 0x212a ? 'k' : c;
}

uint64_t jsonkey_hash(const unsigned char *at)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a over folded characters */

	while (*at != '"')
		hash = (hash ^ fold(next_character(&at))) * UINT64_C(1099511628211);
	return hash;
}

bool jsonkey_folds_alike(const unsigned char *a, const unsigned char *b)
{
	while (*a != '"' && *b != '"')
		if (fold(next_character(&a)) != fold(next_character(&b)))
			return false;
	return *a == '"' && *b == '"';
}

bool jsonkey_is(const unsigned char *at, const char *name)
{
	const unsigned char *n = (const unsigned char *)name;

	while (*at != '"')
		if (*n == '\0' || next_character(&at) != next_plain(&n))
			return false;
	return *n == '\0';
}

size_t jsonkey_length(const unsigned char *at, size_t most)
{
	const unsigned char *p = at;
	size_t length = 0;

	while (*p != '"') {
		next_character(&p);
		if ((size_t)(p - at) > most)
			break; /* a whole character fewer, never half of one */
		length = (size_t)(p - at);
	}
	return length;
}
