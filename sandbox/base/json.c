#include "sandbox/base/json.h"

#include <errno.h>
#include <string.h>

#define EXACT_UP_TO 0x1p53

const cJSON *json_member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_text_or(const cJSON *object, const char *key, const char *none)
{
	const cJSON *item = json_member(object, key);

	return cJSON_IsString(item) ? item->valuestring : none;
}

const char *json_text(const cJSON *object, const char *key)
{
	return json_text_or(object, key, "");
}

double json_number(const cJSON *object, const char *key, double none)
{
	const cJSON *item = json_member(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : none;
}

uint64_t json_integer(const cJSON *object, const char *key)
{
	double number = json_number(object, key, 0);

	return number > 0 && number <= EXACT_UP_TO ? (uint64_t)number : 0;
}

static void wipe(cJSON *tree)
{
	cJSON *item;

	if (cJSON_IsString(tree))
		explicit_bzero(tree->valuestring, strlen(tree->valuestring));
	cJSON_ArrayForEach(item, tree)
	{
		wipe(item);
	}
}

void json_end(cJSON **tree)
{
	int saved = errno;

	cJSON_Delete(*tree);
	*tree = NULL;
	errno = saved;
}

void json_end_wiped(cJSON **tree)
{
	wipe(*tree);
	json_end(tree);
}
