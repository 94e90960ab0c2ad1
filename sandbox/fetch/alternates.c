#include "sandbox/fetch/alternates.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/gitdir.h"
#include "sandbox/fetch/library.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALTERNATES_MAX 16 /* git itself goes five deep; a loop ends here */

/* Directories here that were met, in the order in which they are looked at. */
struct alternates {
	const struct places *places;
	char (*paths)[PLACE_BYTES];
	size_t n;
};

static int too_many(struct failure *f)
{
	fail(f, 0, "the source borrows objects from more than %d directories", ALTERNATES_MAX);
	return fail_remedy(f, "run git repack -a -d in it and remove objects/info/alternates");
}

static int not_named(char *host, struct failure *f)
{
	static const char objects[] = "/objects";
	size_t length = strlen(host);

	fail(f, 0, "the source borrows objects from %s, which lies outside of it", host);
	if (length > strlen(objects) && strcmp(host + length - strlen(objects), objects) == 0)
		host[length - strlen(objects)] = '\0';
	return fail_remedy(f, "if that may be read: --borrow %s", host);
}

static bool is_known(const struct alternates *a, const char *path)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->paths[i], path) == 0)
			return true;
	return false;
}

static int take_line(struct alternates *a, const char *objects, const char *line, struct failure *f)
{
	char here[PLACE_BYTES];

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (gitdir_follow(a->places, objects, line, here) < 0)
		return not_named(here, f);
	if (is_known(a, here))
		return 0;
	if (a->n == ALTERNATES_MAX)
		return too_many(f);
	memcpy(a->paths[a->n++], here, sizeof(here));
	return 0;
}

static int take_file(struct alternates *a, const char *objects, struct failure *f)
{
	char text[4 * PLACE_BYTES], *rest = text, *line;
	int rc = gitdir_read(objects, "info/alternates", text, sizeof(text), f);

	if (rc != 0)
		return rc > 0 ? 0 : -1;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (take_line(a, objects, line, f) < 0)
			return -1;
	return 0;
}

int alternates_add(
	git_odb *odb, const struct places *places, const char *objects, struct failure *f)
{
	own_mem char(*paths)[PLACE_BYTES] = calloc(ALTERNATES_MAX, PLACE_BYTES);
	struct alternates a = { .places = places, .paths = paths };

	if (paths == NULL)
		return fail(f, ENOMEM, "read the source's alternates");
	if (take_file(&a, objects, f) < 0)
		return -1;
	for (size_t i = 0; i < a.n; i++) {
		if (git_odb_add_disk_alternate(odb, a.paths[i]) < 0)
			return library_fail(f, NULL, "open the objects that the source borrows");
		if (take_file(&a, a.paths[i], f) < 0)
			return -1;
	}
	return 0;
}
