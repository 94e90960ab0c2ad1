#include "namespaces/root_row.h"

#include <stdio.h>

void root_row_say(root_row_fn row, void *data, const char *directory, const char *name,
	const char *what, const char *reason)
{
	char path[512], text[512];

	snprintf(path, sizeof(path), "%s%s", directory, name);
	snprintf(text, sizeof(text), "%s: %s", what, reason);
	row(data, path, text);
}
