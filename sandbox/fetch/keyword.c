#include "sandbox/fetch/keyword.h"

#include "sandbox/base/own.h"

#include <stdio.h>
#include <string.h>

/* The bytes that the keyword at p has, 0 if there is none that is ours: "$Id$", or "$Id: x $" on
 * one line, without a space within x, by which git knows its own from a stranger's. */
static size_t keyword_length(const char *p, const char *end)
{
	const char *close, *space;

	if (end - p < 4 || strncmp(p, "$Id", 3) != 0)
		return 0;
	if (p[3] == '$')
		return 4;
	if (p[3] != ':')
		return 0;
	close = memchr(p + 4, '$', (size_t)(end - p - 4));
	if (close == NULL || memchr(p + 4, '\n', (size_t)(close - p - 4)) != NULL)
		return 0;
	space = close - p > 5 ? memchr(p + 5, ' ', (size_t)(close - p - 5)) : NULL;
	if (space != NULL && space < close - 1)
		return 0;
	return (size_t)(close - p) + 1;
}

char *keyword_expand(const char *text, size_t length, const char *hex, size_t *ret_length)
{
	const char *end = text + length, *p = text, *dollar;
	char *out = NULL;
	FILE *stream = open_memstream(&out, ret_length);

	if (stream == NULL)
		return NULL;
	while ((dollar = memchr(p, '$', (size_t)(end - p))) != NULL) {
		size_t keyword = keyword_length(dollar, end);

		fwrite(p, 1, (size_t)(dollar - p), stream);
		if (keyword > 0)
			fprintf(stream, "$Id: %s $", hex);
		else
			fputc('$', stream);
		p = dollar + (keyword > 0 ? keyword : 1);
	}
	fwrite(p, 1, (size_t)(end - p), stream);
	if (ferror(stream) != 0 || fclose(stream) == EOF) {
		free(out);
		return NULL;
	}
	return out;
}
