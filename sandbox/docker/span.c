#include "sandbox/docker/span.h"

#include <string.h>
#include <strings.h>

bool span_is(struct span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.s, word, s.n) == 0;
}

bool span_folds_to(struct span s, const char *word)
{
	return s.n == strlen(word) && (s.n == 0 || strncasecmp(s.s, word, s.n) == 0);
}

bool span_begins(struct span s, const char *word)
{
	return s.n >= strlen(word) && memcmp(s.s, word, strlen(word)) == 0;
}

bool span_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
	while (s.n > 0 && span_is_blank(s.s[0]))
		s = (struct span){ s.s + 1, s.n - 1 };
	while (s.n > 0 && span_is_blank(s.s[s.n - 1]))
		s.n--;
	return s;
}

struct span span_cut(struct span s, char c, struct span *rest)
{
	const char *at = s.n > 0 ? memchr(s.s, c, s.n) : NULL;

	if (at == NULL) {
		*rest = (struct span){ NULL, 0 };
		return s;
	}
	*rest = (struct span){ at + 1, s.n - (size_t)(at - s.s) - 1 };
	return (struct span){ s.s, (size_t)(at - s.s) };
}
