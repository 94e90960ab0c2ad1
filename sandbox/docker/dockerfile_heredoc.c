#include "sandbox/docker/dockerfile_heredoc.h"

#include "sandbox/docker/dockerfile_lines.h"
#include "sandbox/docker/dockerfile_variables.h"

#include <ctype.h>
#include <string.h>

/* "${NAME:…}" and the like: parsers of heredocs put something else in its place. */
static bool has_modifier(struct span text)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.s[i] != '$' || text.s[i + 1] != '{')
			continue;
		for (i += 2; i < text.n && variable_has_char(text.s[i], false); i++)
			;
		if (i == text.n || text.s[i] != '}')
			return true;
	}
	return false;
}

/* Does the "<<" at this place, followed by a letter, begin a word or could it? "$((1<<2))"
 * does not. */
static bool begins_heredoc(struct span text, size_t at, bool modified)
{
	size_t start = at, digits = at;

	while (digits > 0 && isdigit((unsigned char)text.s[digits - 1]))
		digits--;
	if (digits == 0 || span_is_blank(text.s[digits - 1]) ||
		span_is_wide_at_end((struct span){ text.s, digits }))
		return true;
	while (start > 0 && !span_is_blank(text.s[start - 1]))
		start--;
	return modified && !(span_begins((struct span){ text.s + start, at - start }, "$((") &&
				   memchr(text.s + start, '{', at - start) == NULL &&
				   memchr(text.s + start, '}', at - start) == NULL);
}

bool heredoc_is_possible(struct span text)
{
	bool modified = has_modifier(text), seen = false;
	size_t run;

	for (size_t i = 0; i<text.n; i += run> 0 ? run : 1) {
		size_t after;

		for (run = 0; i + run < text.n && text.s[i + run] == '<'; run++)
			;
		if (run == 0)
			continue;
		after = i + run + (i + run < text.n && text.s[i + run] == '-');
		if (run == 2 && after < text.n && !span_is_blank(text.s[after]) &&
			begins_heredoc(text, i, modified))
			return true;
		/* "<${A:+b}<END" */
		if (modified && (seen || (i > 0 && text.s[i - 1] == '}')) &&
			memrchr(text.s, '<', i) != NULL)
			return true;
		seen = modified && i + run < text.n && strchr("}$", text.s[i + run]) != NULL;
	}
	return false;
}
