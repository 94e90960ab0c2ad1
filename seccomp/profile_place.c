#include "seccomp/profile_place.h"

#include <stdbool.h>
#include <string.h>

/* Count the values before the wanted one, in the order of the text; the tree is no
 * deeper than jsontext_check allows. */
static bool rank_find(const cJSON *node, const cJSON *wanted, size_t *rank)
{
	for (; node != NULL; node = node->next) {
		if (node == wanted)
			return true;
		++*rank;
		if (rank_find(node->child, wanted, rank))
			return true;
	}
	return false;
}

static const char *past_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *past_space(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) != NULL)
		p++;
	return p;
}

/* The start of the value with that rank, or of its key. */
static const char *rank_seek(const char *text, const char *end, size_t rank)
{
	const char *key = NULL, *p = text;

	while ((p = past_space(p, end)) < end) {
		const char *start = p;

		if (strchr(",:]}", *p) != NULL) {
			p++;
			continue;
		}
		if (*p == '"')
			p = past_string(p);
		else if (*p == '{' || *p == '[')
			p++;
		else
			while (p < end && strchr(" \t\r\n,]}", *p) == NULL)
				p++;
		if (*start == '"' && past_space(p, end) < end && *past_space(p, end) == ':') {
			key = start;
			continue;
		}
		if (rank-- == 0)
			return key != NULL ? key : start;
		key = NULL;
	}
	return text;
}

void profile_place(const char *text, size_t length, const cJSON *root, const cJSON *value,
	unsigned *ret_line, unsigned *ret_column)
{
	const char *place = text;
	size_t rank = 0;

	if (rank_find(root, value, &rank))
		place = rank_seek(text, text + length, rank);
	*ret_line = *ret_column = 1;
	for (const char *p = text; p < place; p++) {
		if (*p == '\n') {
			++*ret_line;
			*ret_column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			++*ret_column; /* not the inner byte of a character */
		}
	}
}
