#include "sandbox/store/cache_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 18 /* of a generation: it fits, and so does the one after it */

void cache_record_format(const struct cache_record *record, char ret[CACHE_RECORD_BYTES])
{
	snprintf(ret, CACHE_RECORD_BYTES,
		"cofferdam-cache 1 %s %" PRIu64 " %" PRIu64 " %" PRId64 ".%09" PRIu32 " %" PRIu64
		" %" PRIu64 " %s\n",
		record->key, record->generation, record->inode, record->changed_s,
		record->changed_ns, record->bytes, record->files, record->name);
}

bool cache_record_parse(const char *text, struct cache_record *ret)
{
	char again[CACHE_RECORD_BYTES];

	memset(ret, 0, sizeof(*ret));
	if (sscanf(text,
		    "cofferdam-cache 1 %64s %" SCNu64 " %" SCNu64 " %" SCNd64 ".%" SCNu32
		    " %" SCNu64 " %" SCNu64 " %64s",
		    ret->key, &ret->generation, &ret->inode, &ret->changed_s, &ret->changed_ns,
		    &ret->bytes, &ret->files, ret->name) != 8 ||
		!cache_key_is_valid(ret->key))
		return false;
	cache_record_format(ret, again);
	return strcmp(text, again) == 0;
}

void cache_record_name(const struct cache_record *record, char ret[CACHE_FILE_BYTES])
{
	snprintf(ret, CACHE_FILE_BYTES, "%s.%" PRIu64, record->key, record->generation);
}

bool cache_record_parse_name(
	const char *name, char ret_key[CACHE_KEY_BYTES], uint64_t *ret_generation)
{
	const char *digits = name + CACHE_KEY_BYTES;
	char key[CACHE_KEY_BYTES];
	size_t n = strlen(name);

	if (n <= CACHE_KEY_BYTES || n - CACHE_KEY_BYTES > DIGITS ||
		name[CACHE_KEY_BYTES - 1] != '.')
		return false;
	memcpy(key, name, CACHE_KEY_BYTES - 1);
	key[CACHE_KEY_BYTES - 1] = '\0';
	if (!cache_key_is_valid(key) || digits[0] == '0' ||
		strspn(digits, "0123456789") != strlen(digits))
		return false;
	memcpy(ret_key, key, sizeof(key));
	*ret_generation = strtoull(digits, NULL, 10);
	return true;
}
