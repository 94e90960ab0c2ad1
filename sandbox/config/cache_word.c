#include "sandbox/config/cache_word.h"

#include <stdio.h>
#include <string.h>

static int refuse(const char *origin, const char *word, struct failure *f)
{
	fail(f, 0, "%s: '%.100s' is not NAME:DST[:ro|:rw]", origin, word);
	return fail_remedy(f,
		"a name has letters, digits, dots, dashes and underscores, begins with a letter or "
		"a digit and has at most %d of them; DST is an absolute path without . and .. and "
		"without a slash at its end: npm:/home/builder/.npm:rw",
		CACHE_NAME_BYTES - 1);
}

static bool is_name(const char *word, size_t n)
{
	static const char allowed[] = "-_."
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789";

	return n > 0 && n < CACHE_NAME_BYTES && strchr("-_.", word[0]) == NULL &&
	       strspn(word, allowed) >= n;
}

/* No part of it is empty, "." or "..". */
static bool is_place(const char *path)
{
	if (path[0] != '/')
		return false;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (path[0] == '.' && (n == 1 || (n == 2 && path[1] == '.'))))
			return false;
		path += n;
	}
	return true;
}

/* Cut off what says how it is used. */
static void take_mode(struct cache_word *ret)
{
	char *colon = strrchr(ret->place, ':');

	if (colon == NULL || (strcmp(colon, ":rw") != 0 && strcmp(colon, ":ro") != 0))
		return;
	ret->writes = strcmp(colon, ":rw") == 0;
	*colon = '\0';
}

int cache_word_parse(
	const char *origin, const char *word, struct cache_word *ret, struct failure *f)
{
	size_t n = strcspn(word, ":");

	*ret = (struct cache_word){ .writes = false };
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return fail(f, 0, "%s: '%.60s' has a control character", origin, word);
	if (!is_name(word, n) || word[n] != ':' || strlen(word + n + 1) >= sizeof(ret->place))
		return refuse(origin, word, f);
	memcpy(ret->name, word, n);
	snprintf(ret->place, sizeof(ret->place), "%s", word + n + 1);
	take_mode(ret);
	/* With a colon left in it a mode was meant that there is not. */
	return is_place(ret->place) && strchr(ret->place, ':') == NULL ? 0
								       : refuse(origin, word, f);
}
