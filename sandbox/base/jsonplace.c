#include "sandbox/base/jsonplace.h"

#include "sandbox/base/jsonkey.h"

void jsonplace_at(const unsigned char *start, const unsigned char *at, unsigned *ret_line,
	unsigned *ret_column)
{
	unsigned line = 1, column = 1;

	for (const unsigned char *p = start; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if ((*p & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

static const unsigned char *past_space(const unsigned char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

static const unsigned char *past_string(const unsigned char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

/* Past a value of a checked text: only brackets and strings need to be seen. */
static const unsigned char *past_value(const unsigned char *p, const unsigned char *end)
{
	unsigned depth = 0;

	p = past_space(p);
	while (p < end) {
		if (*p == '"') {
			p = past_string(p);
			if (depth == 0)
				return p;
			continue;
		}
		if (depth == 0 && (*p == ',' || *p == '}' || *p == ']'))
			return p;
		if (*p == '{' || *p == '[')
			depth++;
		if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		p++;
	}
	return p;
}

/* The opening quote of the key in the object at p, or NULL. */
static const unsigned char *find_key(
	const unsigned char *p, const unsigned char *end, const char *name)
{
	p = past_space(p);
	if (p == end || *p != '{')
		return NULL;
	p = past_space(p + 1);
	while (*p == '"') {
		if (jsonkey_is(p + 1, name))
			return p;
		p = past_space(past_string(p)) + 1; /* the colon */
		p = past_space(past_value(p, end));
		if (*p == ',')
			p = past_space(p + 1);
	}
	return NULL;
}

bool jsonplace_find(const char *text, size_t length, const char *const path[], unsigned *ret_line,
	unsigned *ret_column)
{
	const unsigned char *start = (const unsigned char *)text, *p = start, *key = NULL;

	for (; *path != NULL; path++) {
		key = find_key(p, start + length, *path);
		if (key == NULL)
			return false;
		p = past_space(past_string(key)) + 1;
	}
	if (key == NULL)
		return false;
	jsonplace_at(start, key, ret_line, ret_column);
	return true;
}
