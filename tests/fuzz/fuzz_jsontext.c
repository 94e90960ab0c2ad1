/* What jsontext lets through, cJSON reads; every key that cJSON then shows is found
 * again, and no two keys of one object are equal to a decoder that folds ASCII.
 */
#include "sandbox/base/jsonplace.h"
#include "sandbox/base/jsontext.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_keys(const cJSON *object)
{
	for (const cJSON *a = object->child; a != NULL; a = a->next) {
		for (const cJSON *b = a->next; b != NULL && cJSON_IsObject(object); b = b->next)
			if (strcasecmp(a->string, b->string) == 0)
				abort();
		check_keys(a);
	}
}

static void check_places(const char *text, size_t size, const cJSON *object)
{
	unsigned line = 0, column = 0;

	for (const cJSON *a = object->child; a != NULL && cJSON_IsObject(object); a = a->next) {
		const char *const path[] = { a->string, NULL };

		if (!jsonplace_find(text, size, path, &line, &column) || line == 0 || column == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct jsontext_limits limits = { 4096, 8, 32 };
	struct jsontext_error error = { 0, 0, "" };
	cJSON *json;

	if (jsontext_check((const char *)data, size, &limits, &error) < 0) {
		if (error.line == 0 || error.column == 0 || error.what[0] == '\0')
			abort();
		return 0;
	}
	json = cJSON_ParseWithLength((const char *)data, size);
	if (json == NULL)
		abort();
	check_keys(json);
	check_places((const char *)data, size, json);
	cJSON_Delete(json);
	return 0;
}
