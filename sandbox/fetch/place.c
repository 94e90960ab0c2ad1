#include "sandbox/fetch/place.h"

#include <stdio.h>
#include <string.h>

bool place_add(struct places *places, const char *host, const char *here)
{
	if (places->n == PLACE_ROWS)
		return false;
	places->rows[places->n++] = (struct place){ .host = host, .here = here };
	return true;
}

/* One component behind what stands in ret; ".." takes one away. */
static bool append(char *ret, const char *part, size_t length)
{
	size_t used = strlen(ret);
	char *slash;

	if (length == 0 || (length == 1 && part[0] == '.'))
		return true;
	if (length == 2 && part[0] == '.' && part[1] == '.') {
		slash = strrchr(ret, '/');
		if (slash != NULL)
			*slash = '\0';
		return true;
	}
	if (used + 1 + length >= PLACE_BYTES)
		return false;
	ret[used] = '/';
	memcpy(ret + used + 1, part, length);
	ret[used + 1 + length] = '\0';
	return true;
}

static bool append_all(char *ret, const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (!append(ret, path, length))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

bool place_join(const char *base, const char *path, char *ret)
{
	ret[0] = '\0';
	if (path[0] != '/' && !append_all(ret, base))
		return false;
	return append_all(ret, path);
}

/* What follows the directory in path, NULL if path is not in it. */
static const char *beneath(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	while (length > 0 && directory[length - 1] == '/')
		length--;
	if (strncmp(path, directory, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return NULL;
	return path + length;
}

bool place_here(const struct places *places, const char *host, char *ret)
{
	const struct place *found = NULL;
	const char *rest = NULL;

	for (size_t i = 0; i < places->n; i++) {
		const char *after = beneath(host, places->rows[i].host);

		if (after == NULL || (rest != NULL && strlen(after) <= strlen(rest)))
			continue;
		found = &places->rows[i];
		rest = after;
	}
	return found != NULL &&
	       (size_t)snprintf(ret, PLACE_BYTES, "%s%s", found->here, rest) < PLACE_BYTES;
}

bool place_host(const struct places *places, const char *here, char *ret)
{
	for (size_t i = 0; i < places->n; i++) {
		const char *rest = beneath(here, places->rows[i].here);

		if (rest != NULL)
			return (size_t)snprintf(ret, PLACE_BYTES, "%s%s", places->rows[i].host,
				       rest) < PLACE_BYTES;
	}
	return false;
}
