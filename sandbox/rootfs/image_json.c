#include "sandbox/rootfs/image_json.h"

#include "sandbox/base/jsontext.h"

#include <errno.h>

static const struct jsontext_limits limits = { IMAGE_JSON_BYTES, 16, 4096 };

cJSON *image_json_parse(const char *what, const char *text, size_t n, struct failure *f)
{
	struct jsontext_error error;
	cJSON *tree;

	if (n > IMAGE_JSON_BYTES) {
		fail(f, 0, "%s has more than %d bytes", what, IMAGE_JSON_BYTES);
		return NULL;
	}
	if (jsontext_check(text, n, &limits, &error) < 0) {
		fail(f, 0, "%s: line %u, column %u: %s", what, error.line, error.column,
			error.what);
		return NULL;
	}
	tree = cJSON_ParseWithLength(text, n);
	if (tree == NULL)
		fail(f, ENOMEM, "read %s", what);
	else if (!cJSON_IsObject(tree) && !cJSON_IsArray(tree)) {
		fail(f, 0, "%s holds neither an object nor a list", what);
		json_end(&tree);
	}
	return tree;
}
