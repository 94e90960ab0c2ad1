#include "sandbox/plan/words.h"

#include "sandbox/base/own.h"

#include <stdarg.h>

int words_add(struct strings *words, struct failure *f, const char *fmt, ...)
{
	char **v = reallocarray(words->v, words->n + 2, sizeof(*v));
	va_list ap;
	int n;

	if (v == NULL)
		return fail(f, ENOMEM, "plan an argument");
	words->v = v;
	va_start(ap, fmt);
	n = vasprintf(&v[words->n], fmt, ap);
	va_end(ap);
	if (n < 0) {
		v[words->n] = NULL;
		return fail(f, ENOMEM, "plan an argument");
	}
	v[++words->n] = NULL;
	return 0;
}

void words_release(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}
