#include "sandbox/fetch/encoding.h"

#include "sandbox/base/own.h"

#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WIDEST 4 /* bytes that one byte of UTF-8 may become: UTF-32 */

/* Words that git made up, for which it writes the mark itself. */
static const struct {
	const char *name, *real, *mark;
	size_t mark_length;
} marked[] = {
	{ "UTF-16LE-BOM", "UTF-16LE", "\xff\xfe", 2 },
	{ "UTF-16BE-BOM", "UTF-16BE", "\xfe\xff", 2 },
};

void encoding_load(void)
{
	static const char *const names[] = { "UTF-16", "ISO-8859-1", "CP1252" };

	/* What is not there is not known later either; nothing else depends on it. */
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)iconv_open(names[i], "UTF-8");
}

bool encoding_is_named(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._:";

	return name[0] != '\0' && name[strspn(name, allowed)] == '\0' &&
	       strcasecmp(name, "UTF-8") != 0 && strcasecmp(name, "UTF8") != 0;
}

static bool convert(const char *to, const char *text, size_t length, char *out, size_t *left)
{
	iconv_t converter = iconv_open(to, "UTF-8");
	char *from = (char *)(uintptr_t)text; /* iconv(3) writes nothing there */

	if (converter == (iconv_t)-1)
		return false;
	bool whole = iconv(converter, &from, &length, &out, left) != (size_t)-1 &&
		     iconv(converter, NULL, NULL, &out, left) != (size_t)-1;

	iconv_close(converter);
	return whole;
}

char *encoding_convert(const char *name, const char *text, size_t length, size_t *ret_length)
{
	size_t mark = 0, room, left;
	const char *real = name;
	own_mem char *out = NULL;

	if (length > (SIZE_MAX - 64) / WIDEST)
		return NULL;
	room = length * WIDEST + 64; /* marks, and the way back to a shift state */
	out = malloc(room);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(marked); i++)
		if (strcasecmp(name, marked[i].name) == 0) {
			real = marked[i].real;
			mark = marked[i].mark_length;
			memcpy(out, marked[i].mark, mark);
		}
	left = room - mark;
	if (!convert(real, text, length, out + mark, &left))
		return NULL;
	*ret_length = room - left;
	return own_mem_give(out);
}
