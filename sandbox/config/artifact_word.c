#include "sandbox/config/artifact_word.h"

#include <stdio.h>
#include <string.h>

bool artifact_part_is_pattern(const char *part, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (strchr("*?[\\", part[i]) != NULL)
			return true;
	return false;
}

static int refuse_part(const char *origin, const char *part, size_t n, struct failure *f)
{
	fail(f, 0, "%s: '%.*s' cannot be a part of its path", origin, n > 60 ? 60 : (int)n, part);
	return fail_remedy(f, "a path has no .. in it, and ** stands alone between its slashes");
}

/* Append one part, in which nothing leads anywhere else. */
static int add_part(const char *origin, const char *part, size_t n, struct artifact_word *ret,
	struct failure *f)
{
	size_t used = strlen(ret->path);

	if (n == 2 && memcmp(part, "..", 2) == 0)
		return refuse_part(origin, part, n, f);
	if (n > 2 && memmem(part, n, "**", 2) != NULL)
		return refuse_part(origin, part, n, f);
	if (used + 1 + n >= sizeof(ret->path))
		return fail(f, 0, "%s: its path is longer than %zu bytes", origin,
			sizeof(ret->path) - 1);
	ret->path[used] = '/';
	memcpy(ret->path + used + 1, part, n);
	ret->path[used + 1 + n] = '\0';
	return 0;
}

static int take_path(const char *origin, const char *path, size_t length, const char *clone,
	struct artifact_word *ret, struct failure *f)
{
	const char *end = path + length;
	unsigned parts = 0;

	snprintf(ret->path, sizeof(ret->path), "%s", path[0] == '/' ? "" : clone);
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t n = (size_t)((slash != NULL ? slash : end) - path);

		if (n > 0 && !(n == 1 && path[0] == '.') && add_part(origin, path, n, ret, f) < 0)
			return -1;
		if (++parts > ARTIFACT_PARTS)
			return fail(
				f, 0, "%s: more than %d directories deep", origin, ARTIFACT_PARTS);
		path += n + 1;
	}
	return ret->path[0] != '\0' ? 0 : fail(f, 0, "%s: it names no path", origin);
}

static int refuse_word(const char *origin, const char *word, struct failure *f)
{
	fail(f, 0, "%s: '%.60s' is not PATH[:DEST]", origin, word);
	return fail_remedy(f, "give a path of the build, such as dist/app, and where it is to be "
			      "written: dist/app:/srv/results");
}

int artifact_word_parse(const char *origin, const char *word, const char *clone,
	struct artifact_word *ret, struct failure *f)
{
	const char *colon = strrchr(word, ':');
	size_t length = colon != NULL ? (size_t)(colon - word) : strlen(word);

	*ret = (struct artifact_word){ .to_stdout = strcmp(word, "-") == 0 };
	if (ret->to_stdout)
		return 0;
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return fail(f, 0, "%s: '%.60s' has a control character", origin, word);
	if (length > 0 && word[length - 1] == '?') {
		ret->optional = true;
		length--;
	}
	if (length == 0 || (colon != NULL && colon[1] == '\0'))
		return refuse_word(origin, word, f);
	ret->destination = colon != NULL ? colon + 1 : NULL;
	return take_path(origin, word, length, clone, ret, f);
}
