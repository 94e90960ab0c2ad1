#include "sandbox/artifact/artifact_glob.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

_Static_assert(ARTIFACT_PARTS + 2 <= 64, "a state has a bit for each part, and one for the end");

void artifact_glob_init(struct artifact_glob *ret, const char *path)
{
	char *rest = ret->text, *part;

	*ret = (struct artifact_glob){ .parts_n = 0 };
	snprintf(ret->text, sizeof(ret->text), "%s", path);
	while ((part = strsep(&rest, "/")) != NULL && ret->parts_n < ARTIFACT_PARTS + 1)
		ret->parts[ret->parts_n++] = part;
	while (ret->fixed + 1 < ret->parts_n &&
		!artifact_part_is_pattern(ret->parts[ret->fixed], strlen(ret->parts[ret->fixed])))
		ret->fixed++;
	if (ret->fixed > 0) {
		const char *last = ret->parts[ret->fixed - 1];

		snprintf(ret->base, sizeof(ret->base), "%.*s",
			(int)(last + strlen(last) - ret->text), path);
	}
}

bool artifact_glob_is_literal(const struct artifact_glob *glob)
{
	const char *last = glob->parts[glob->parts_n - 1];

	return glob->fixed + 1 == glob->parts_n && !artifact_part_is_pattern(last, strlen(last));
}

static bool is_any_depth(const struct artifact_glob *glob, size_t part)
{
	return part < glob->parts_n && strcmp(glob->parts[part], "**") == 0;
}

/* "**" may be no directory at all. */
static uint64_t reach(const struct artifact_glob *glob, size_t part)
{
	uint64_t state = UINT64_C(1) << part;

	while (is_any_depth(glob, part))
		state |= UINT64_C(1) << ++part;
	return state;
}

uint64_t artifact_glob_begin(const struct artifact_glob *glob)
{
	return reach(glob, glob->fixed);
}

uint64_t artifact_glob_step(const struct artifact_glob *glob, uint64_t state, const char *name)
{
	uint64_t next = 0;

	for (size_t i = glob->fixed; i < glob->parts_n; i++) {
		if ((state & (UINT64_C(1) << i)) == 0)
			continue;
		if (is_any_depth(glob, i))
			next |= name[0] != '.' ? reach(glob, i) : 0;
		else if (fnmatch(glob->parts[i], name, FNM_PERIOD) == 0)
			next |= reach(glob, i + 1);
	}
	return next;
}

bool artifact_glob_accepts(const struct artifact_glob *glob, uint64_t state)
{
	return (state & (UINT64_C(1) << glob->parts_n)) != 0;
}
