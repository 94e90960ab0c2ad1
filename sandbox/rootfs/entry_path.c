#include "sandbox/rootfs/entry_path.h"

#include <string.h>

int entry_path_clean(
	const char *what, const char *path, char ret[ENTRY_PATH_BYTES], struct failure *f)
{
	const char *rest = path;
	size_t n = 0;

	while (*rest != '\0') {
		size_t length = strcspn(rest, "/");

		if (length == 2 && rest[0] == '.' && rest[1] == '.')
			return fail(f, 0, "%s has a part \"..\": %.120s", what, path);
		if (length > 0 && !(length == 1 && rest[0] == '.')) {
			if (n + 1 + length >= ENTRY_PATH_BYTES)
				return fail(f, 0, "%s is too long: %.120s", what, path);
			if (n > 0)
				ret[n++] = '/';
			memcpy(ret + n, rest, length);
			n += length;
		}
		rest += length;
		rest += *rest == '/' ? 1 : 0;
	}
	ret[n] = '\0';
	return 0;
}
