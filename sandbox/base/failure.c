#include "sandbox/base/failure.h"

#include "sandbox/base/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Is a control character there, also one of U+0080 to U+009F, which some terminals obey? */
static bool is_control(const char *s)
{
	unsigned char first = (unsigned char)s[0], second = (unsigned char)s[1];

	return first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0);
}

void failure_sanitize(char *s)
{
	while (*s != '\0') {
		size_t n = utf8_length(s);

		if (n == 0 || is_control(s))
			*s++ = '?';
		else
			s += n;
	}
}

void failure_heard(struct failure *f)
{
	f->step[sizeof(f->step) - 1] = f->what[sizeof(f->what) - 1] =
		f->remedy[sizeof(f->remedy) - 1] = '\0';
	failure_sanitize(f->step);
	failure_sanitize(f->what);
	failure_sanitize(f->remedy);
}

/* "IMAGE:TAG@sha256:…": no host follows the '@', for a port has at most five digits. */
static bool is_digest(const char *s)
{
	static const char algorithm[] = "sha256:";
	const size_t n = sizeof(algorithm) - 1;

	return strncmp(s, algorithm, n) == 0 && strspn(s + n, "0123456789abcdef") > 5;
}

void failure_redact(char *s)
{
	for (char *at = strchr(s, '@'); at != NULL; at = strchr(at + 1, '@')) {
		char *begin = at, *colon;

		if (is_digest(at + 1))
			continue;
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

const char *failure_text(const struct failure *f, char ret[FAILURE_TEXT])
{
	snprintf(ret, FAILURE_TEXT, "%s%s%s", f->what, f->errnum != 0 ? ": " : "",
		f->errnum != 0 ? strerror(f->errnum) : "");
	return ret;
}

int fail_step(struct failure *f, const char *step)
{
	if (f->step[0] == '\0')
		snprintf(f->step, sizeof(f->step), "%s", step);
	return -1;
}
