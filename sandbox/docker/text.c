#include "sandbox/docker/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct text *text, size_t more)
{
	size_t size = text->size > 0 ? text->size : 256;
	char *grown;

	if (text->failed || more > TEXT_BYTES_MAX - text->n) {
		text->failed = true;
		return false;
	}
	while (size < text->n + more + 1)
		size *= 2;
	if (size == text->size)
		return true;
	grown = realloc(text->s, size);
	if (grown == NULL) {
		text->failed = true;
		return false;
	}
	text->s = grown;
	text->size = size;
	return true;
}

void text_add(struct text *text, const char *bytes, size_t n)
{
	if (!reserve(text, n))
		return;
	if (n > 0)
		memcpy(text->s + text->n, bytes, n);
	text->n += n;
	text->s[text->n] = '\0';
}

void text_word(struct text *text, const char *word)
{
	text_add(text, word, strlen(word));
}

void text_format(struct text *text, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0 && reserve(text, (size_t)n)) {
		vsnprintf(text->s + text->n, (size_t)n + 1, fmt, again);
		text->n += (size_t)n;
	}
	va_end(again);
}

void text_encode(struct text *text, const char *word, bool keep_slash)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (const char *p = word; *p != '\0'; p++)
		if (strchr(plain, *p) != NULL || (keep_slash && *p == '/'))
			text_add(text, p, 1);
		else
			text_format(text, "%%%02X", (unsigned char)*p);
}

void text_cut(struct text *text, size_t n)
{
	if (n > text->n)
		n = text->n;
	if (n == 0)
		return;
	memmove(text->s, text->s + n, text->n - n + 1);
	text->n -= n;
}

void text_clear(struct text *text)
{
	text->n = 0;
	text->failed = false;
	if (text->s != NULL)
		text->s[0] = '\0';
}

void text_release(struct text *text)
{
	free(text->s);
	*text = (struct text){ 0 };
}
