#include "sandbox/docker/context_path.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

void context_clean_path(char *path)
{
	char *to = path, *word = path, *next;

	for (; word != NULL; word = next) {
		size_t n = strcspn(word, "/");

		next = word[n] == '/' ? word + n + 1 : NULL;
		if (n == 0 || (n == 1 && word[0] == '.'))
			continue;
		if (n == 2 && word[0] == '.' && word[1] == '.') {
			while (to > path && *--to != '/')
				;
			continue;
		}
		if (to > path)
			*to++ = '/';
		memmove(to, word, n);
		to += n;
	}
	*to = '\0';
}

bool context_path_climbs(const char *path)
{
	for (const char *p = path; *p != '\0'; p += strcspn(p, "/"), p += *p == '/')
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	return false;
}

/* Does the pattern name the path, or a directory above it? */
static bool pattern_fits(const char *pattern, const char *path)
{
	char above[CONTEXT_NAME_BYTES];

	while (strncmp(pattern, "**/", 3) == 0) /* at any depth: here too */
		pattern += 3;
	for (size_t n = strcspn(path, "/");; n += 1 + strcspn(path + n + 1, "/")) {
		snprintf(above, sizeof(above), "%.*s", (int)n, path);
		if (fnmatch(pattern, above, FNM_PATHNAME) == 0)
			return true;
		if (path[n] == '\0')
			return strchr(pattern, '/') == NULL && strrchr(path, '/') != NULL &&
			       strncmp(pattern, "**", 2) == 0;
	}
}

/* One line of .dockerignore, which ends at n. */
static void exclude_by_line(const char *line, size_t n, const char *path, bool *excluded)
{
	char pattern[CONTEXT_NAME_BYTES], *p = pattern;
	bool negated;

	if (n >= sizeof(pattern))
		return;
	snprintf(pattern, sizeof(pattern), "%.*s", (int)n, line);
	pattern[strcspn(pattern, "\r")] = '\0';
	if (pattern[0] == '#')
		return;
	p += strspn(p, " \t");
	negated = *p == '!';
	p += negated;
	context_clean_path(p);
	if (*p != '\0' && pattern_fits(p, path))
		*excluded = !negated;
}

bool context_ignores(struct span lines, const char *path)
{
	const char *at = lines.s, *end = at + lines.n;
	bool excluded = false;

	while (at != NULL && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((stop != NULL ? stop : end) - at);

		exclude_by_line(at, n, path, &excluded);
		at += n + 1;
	}
	return excluded;
}
