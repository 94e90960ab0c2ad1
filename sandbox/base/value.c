#include "sandbox/base/value.h"

#include "sandbox/base/own.h"
#include "sandbox/base/utf8.h"

#include <inttypes.h>
#include <string.h>

bool value_item(cJSON *object, const char *key, cJSON *child)
{
	if (child == NULL)
		return false;
	if (cJSON_AddItemToObject(object, key, child))
		return true;
	cJSON_Delete(child);
	return false;
}

bool value_push(cJSON *array, cJSON *child)
{
	if (child == NULL)
		return false;
	if (cJSON_AddItemToArray(array, child))
		return true;
	cJSON_Delete(child);
	return false;
}

bool value_integer(cJSON *object, const char *key, uint64_t number)
{
	char digits[24];

	if (number > VALUE_INTEGER_MAX)
		return value_item(object, key, cJSON_CreateNull());
	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	return value_item(object, key, cJSON_CreateRaw(digits));
}

bool value_ms(cJSON *object, const char *key, double ms)
{
	char digits[48];

	/* The comparison is written so that a NaN is null as well. */
	if (!(ms >= 0 && ms < 1e15))
		return value_item(object, key, cJSON_CreateNull());
	snprintf(digits, sizeof(digits), "%.3f", ms);
	return value_item(object, key, cJSON_CreateRaw(digits));
}

bool value_bool(cJSON *object, const char *key, bool flag)
{
	return value_item(object, key, cJSON_CreateBool(flag));
}

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

cJSON *value_string(const char *text)
{
	own_mem char *mended = NULL;
	char *out;

	if (text == NULL)
		return cJSON_CreateNull();
	out = mended = malloc(strlen(text) * strlen(replacement) + 1);
	if (mended == NULL)
		return NULL;
	while (*text != '\0') {
		size_t n = utf8_length(text);

		memcpy(out, n > 0 ? text : replacement, n > 0 ? n : strlen(replacement));
		out += n > 0 ? n : strlen(replacement);
		text += n > 0 ? n : 1;
	}
	*out = '\0';
	return cJSON_CreateString(mended);
}

bool value_text(cJSON *object, const char *key, const char *text)
{
	return value_item(object, key, value_string(text));
}

cJSON *value_strings(char *const *words)
{
	cJSON *array = cJSON_CreateArray();

	for (; array != NULL && *words != NULL; words++)
		if (!value_push(array, value_string(*words))) {
			cJSON_Delete(array);
			return NULL;
		}
	return array;
}

void value_format_time(struct timespec at, char ret[VALUE_TIME_SIZE])
{
	struct tm utc;
	size_t n;

	ret[0] = '\0';
	if (gmtime_r(&at.tv_sec, &utc) == NULL)
		return;
	n = strftime(ret, VALUE_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(ret + n, VALUE_TIME_SIZE - n, ".%03uZ", (unsigned)(at.tv_nsec / 1000000) % 1000);
}

bool value_time(cJSON *object, const char *key, struct timespec at)
{
	char text[VALUE_TIME_SIZE];

	if (at.tv_sec == 0 && at.tv_nsec == 0)
		return value_item(object, key, cJSON_CreateNull());
	value_format_time(at, text);
	return value_text(object, key, text);
}

cJSON *value_whole(cJSON *item, bool ok)
{
	if (ok)
		return item;
	cJSON_Delete(item);
	return NULL;
}
