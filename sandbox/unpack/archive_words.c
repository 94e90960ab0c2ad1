#include "sandbox/unpack/archive_words.h"

#include <archive.h>

void archive_end(struct archive **archive)
{
	if (*archive != NULL)
		archive_read_free(*archive);
	*archive = NULL;
}

int archive_fail(struct archive *a, struct failure *f)
{
	const char *why = archive_error_string(a);

	return fail(f, 0, "read the archive: %.200s", why != NULL ? why : "no reason is given");
}
