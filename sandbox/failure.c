#include "sandbox/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The length of the valid UTF-8 sequence at s, 0 if there is none. */
static size_t sequence_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, second_min, second_max;
		size_t length;
	} forms[] = {
		/* Unicode 15, table 3-7: no overlong form, no surrogate, nothing past U+10FFFF */
		{ 0x20, 0x7e, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 &&
			(s[1] < forms[i].second_min || s[1] > forms[i].second_max))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		/* U+0080 to U+009F are control characters, and some terminals obey them. */
		if (s[0] == 0xc2 && s[1] < 0xa0)
			return 0;
		return forms[i].length;
	}
	return 0;
}

void failure_sanitize(char *s)
{
	while (*s != '\0') {
		size_t n = sequence_length((unsigned char *)s);

		if (n == 0)
			*s++ = '?';
		else
			s += n;
	}
}

void failure_redact(char *s)
{
	for (char *at = strchr(s, '@'); at != NULL; at = strchr(at + 1, '@')) {
		char *begin = at, *colon;

		while (begin > s && strchr(" \t'\"/", begin[-1]) == NULL)
			begin--;
		colon = memchr(begin, ':', (size_t)(at - begin));
		/* "//token@host": the whole of it may be the secret. */
		if (colon == NULL && begin - s >= 2 && begin[-1] == '/' && begin[-2] == '/')
			colon = begin - 1;
		if (colon != NULL)
			memset(colon + 1, '*', (size_t)(at - colon - 1));
	}
}

int fail(struct failure *f, int errnum, const char *fmt, ...)
{
	va_list ap;

	*f = (struct failure){ .errnum = errnum };
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	failure_sanitize(f->what);
	failure_redact(f->what);
	return -1;
}

int fail_remedy(struct failure *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->remedy, sizeof(f->remedy), fmt, ap);
	va_end(ap);
	failure_sanitize(f->remedy);
	failure_redact(f->remedy);
	return -1;
}

int fail_step(struct failure *f, const char *step)
{
	if (f->step[0] == '\0')
		snprintf(f->step, sizeof(f->step), "%s", step);
	return -1;
}
