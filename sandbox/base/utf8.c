#include "sandbox/base/utf8.h"

#include "sandbox/base/own.h"

#include <stdint.h>

static const struct form {
	unsigned char first, last, second_min, second_max;
	size_t length;
} forms[] = {
	{ 0x00, 0x7f, 0, 0, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, /* less would be overlong */
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, /* more would be a surrogate */
	{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 }, /* less would be overlong */
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 }, /* more would be past U+10FFFF */
};

static const struct form *form_find(unsigned char first)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (first >= forms[i].first && first <= forms[i].last)
			return &forms[i];
	return NULL;
}

size_t utf8_length_within(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	const struct form *form = n > 0 ? form_find(s[0]) : NULL;

	if (form == NULL || form->length > n)
		return 0;
	if (form->length > 1 && (s[1] < form->second_min || s[1] > form->second_max))
		return 0;
	for (size_t i = 2; i < form->length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return form->length;
}

size_t utf8_length(const char *s)
{
	return *s != '\0' ? utf8_length_within(s, SIZE_MAX) : 0;
}
