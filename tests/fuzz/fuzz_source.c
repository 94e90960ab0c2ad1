/* What source.c accepts is clean, carries no credentials in its URL, and reads the
 * same when it is read again; what it refuses it does not quote past an '@'.
 */
#include "sandbox/config/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORD_MAX 1024

static void check_clean(const char *text)
{
	if (text == NULL)
		return;
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			abort();
}

static void check_url(const struct source *s)
{
	const char *authority = strstr(s->url, "://");

	if (s->url[0] == '-' || strncmp(s->url, "ext::", 5) == 0)
		abort();
	if (s->kind == SOURCE_HTTP &&
		memchr(authority + 3, '@', strcspn(authority + 3, "/")) != NULL)
		abort();
	if (s->ref != NULL && !source_revision_is_valid(s->ref))
		abort();
	if ((s->kind == SOURCE_LOCAL) != (s->path != NULL))
		abort();
}

static void check_again(const struct source *s)
{
	char word[2 * WORD_MAX];
	struct source again;
	struct failure f;

	snprintf(word, sizeof(word), "%s%s%s", s->url, s->kind == SOURCE_NONE ? "" : "#",
		s->kind == SOURCE_NONE ? ""
		: s->ref != NULL       ? s->ref
				       : "HEAD");
	if (source_parse(word, &again, &f) < 0)
		abort();
	if (again.kind != s->kind || strcmp(again.url, s->url) != 0)
		abort();
	source_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char word[WORD_MAX];
	struct source s;
	struct failure f = { 0 };

	if (size >= sizeof(word))
		return 0;
	memcpy(word, data, size);
	word[size] = '\0';
	if (source_parse(word, &s, &f) < 0) {
		if (f.what[0] == '\0')
			abort();
		return 0;
	}
	check_clean(s.url);
	check_clean(s.path);
	check_clean(s.username);
	check_clean(s.password);
	check_url(&s);
	check_again(&s);
	source_release(&s);
	return 0;
}
