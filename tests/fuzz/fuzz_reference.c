/* Whatever name reference.c accepts, it is the same image in both of its spellings, and is
 * matched by the pattern that spells it. Input: a name; after a newline a tag; after
 * another a pattern.
 */
#include "sandbox/docker/reference.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORD_MAX 1024

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_clean(const struct reference *ref)
{
	require(ref->domain[0] != '\0' && ref->path[0] != '\0');
	require((ref->tag[0] != '\0') != (ref->digest[0] != '\0'));
	require(strspn(ref->domain, "abcdefghijklmnopqrstuvwxyz0123456789.-:") ==
		strlen(ref->domain));
	require(strspn(ref->path, "abcdefghijklmnopqrstuvwxyz0123456789._-/") == strlen(ref->path));
	require(strpbrk(ref->tag, "/:@*") == NULL && strstr(ref->path, "..") == NULL);
}

static void check_same(const struct reference *ref, const char *text)
{
	struct reference again;
	struct refusal r;

	require(reference_read(text, NULL, &again, &r) == 0);
	require(strcmp(ref->domain, again.domain) == 0 && strcmp(ref->path, again.path) == 0 &&
		strcmp(ref->tag, again.tag) == 0 && strcmp(ref->digest, again.digest) == 0);
}

static void check_matched(const struct reference *ref, const char *text)
{
	struct failure f;

	if (ref->digest[0] != '\0')
		return;
	require(reference_pattern_check("option", text, &f) == 0);
	require(reference_matches(ref, text));
}

static void check_reference(const struct reference *ref)
{
	char text[REFERENCE_TEXT_MAX];

	check_clean(ref);
	reference_canonical(ref, text, sizeof(text));
	require(strlen(text) + 1 < sizeof(text));
	check_same(ref, text);
	check_matched(ref, text);
	reference_familiar(ref, text, sizeof(text));
	check_same(ref, text);
	check_matched(ref, text);
}

/* No pattern grants a name on another registry, nor all that docker.io has. */
static void check_pattern(const struct reference *ref, const char *pattern)
{
	static const char *const foreign[] = { "zz.example/zz/zz", "zz/zz", "qq/qq/qq" };
	struct reference other;
	struct failure f = { 0 };
	struct refusal r;
	unsigned matched = 0;

	if (reference_pattern_check("option", pattern, &f) < 0) {
		require(f.what[0] != '\0' && f.remedy[0] != '\0');
		return;
	}
	reference_matches(ref, pattern);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		require(reference_read(foreign[i], NULL, &other, &r) == 0);
		matched += reference_matches(&other, pattern);
	}
	require(matched <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char word[WORD_MAX], *tag, *pattern = NULL;
	struct reference ref = { 0 };
	struct refusal r = { 0 };

	if (size >= sizeof(word))
		return 0;
	memcpy(word, data, size);
	word[size] = '\0';
	tag = strchr(word, '\n');
	if (tag != NULL) {
		*tag++ = '\0';
		pattern = strchr(tag, '\n');
	}
	if (pattern != NULL)
		*pattern++ = '\0';
	if (reference_read(word, tag, &ref, &r) == 0)
		check_reference(&ref);
	else
		require(r.reason[0] != '\0' && r.status == 400);
	check_pattern(&ref, pattern != NULL ? pattern : word);
	return 0;
}
