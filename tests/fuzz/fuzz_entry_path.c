/* What is accepted is a path below a root: no part of it is empty, "." or "..", and to clean it
 * again changes nothing.
 */
#include "sandbox/rootfs/entry_path.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_parts(const char *path)
{
	require(path[0] != '/' && strlen(path) < ENTRY_PATH_BYTES);
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		require(n > 0 && !(n == 1 && path[0] == '.'));
		require(!(n == 2 && path[0] == '.' && path[1] == '.'));
		path += n;
		require(path[0] == '\0' || path[1] != '\0');
		path += path[0] == '/' ? 1 : 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[ENTRY_PATH_BYTES], again[ENTRY_PATH_BYTES];
	char *text = strndup((const char *)data, size);
	struct failure f = { 0 };

	require(text != NULL);
	if (entry_path_clean("a name", text, path, &f) == 0) {
		check_parts(path);
		require(entry_path_clean("a name", path, again, &f) == 0);
		require(strcmp(path, again) == 0);
	} else {
		require(f.what[0] != '\0');
	}
	free(text);
	return 0;
}
