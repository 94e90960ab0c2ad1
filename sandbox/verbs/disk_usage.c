#include "sandbox/verbs/disk_usage.h"

#include "sandbox/base/json.h"

#include <stdio.h>
#include <string.h>

static struct usage_run *row_of(struct usage *d, const char *run)
{
	for (size_t i = 0; i < d->runs_n; i++)
		if (strcmp(d->runs[i].run, run) == 0)
			return &d->runs[i];
	if (d->runs_n == USAGE_RUNS)
		return NULL;
	snprintf(d->runs[d->runs_n].run, sizeof(d->runs[0].run), "%s", run);
	return &d->runs[d->runs_n++];
}

static uint64_t add_objects(struct usage *d, const cJSON *objects, uint64_t *ret_ours)
{
	const cJSON *object;
	uint64_t sum = 0;

	cJSON_ArrayForEach(object, objects)
	{
		const char *run = json_text(object, "run");
		uint64_t bytes = json_integer(object, "bytes");
		struct usage_run *row = run[0] != '\0' ? row_of(d, run) : NULL;

		sum += bytes;
		if (run[0] != '\0')
			*ret_ours += bytes;
		if (row != NULL) {
			row->bytes += bytes;
			row->objects++;
		}
	}
	return sum;
}

void usage_count(const cJSON *found, struct usage *ret)
{
	static const char *const keys[USAGE_KINDS] = { "images", "containers", "volumes" };
	uint64_t layers = json_integer(found, "layer_bytes");

	for (int kind = 0; kind < USAGE_CACHE; kind++) {
		const cJSON *objects = cJSON_GetObjectItemCaseSensitive(found, keys[kind]);

		ret->count[kind] = (uint64_t)cJSON_GetArraySize(objects);
		ret->bytes[kind] = add_objects(ret, objects, &ret->ours[kind]);
	}
	/* Images share layers: the engine has counted each once. */
	if (layers > 0)
		ret->bytes[USAGE_IMAGES] = layers;
	ret->bytes[USAGE_CACHE] = json_integer(found, "cache_bytes");
	snprintf(ret->root, sizeof(ret->root), "%s",
		json_text(cJSON_GetObjectItemCaseSensitive(found, "info"), "root"));
}

const char *usage_kind_name(enum usage_kind kind)
{
	static const char *const names[USAGE_KINDS] = {
		[USAGE_IMAGES] = "images",
		[USAGE_CONTAINERS] = "containers",
		[USAGE_VOLUMES] = "volumes",
		[USAGE_CACHE] = "build_cache",
		[USAGE_ROOTS] = "roots",
		[USAGE_CACHES] = "caches",
		[USAGE_SOURCES] = "sources",
		[USAGE_LEFTOVERS] = "leftovers",
	};

	return names[kind];
}

uint64_t usage_sum(const struct usage *d)
{
	uint64_t sum = 0;

	for (int kind = 0; kind < USAGE_KINDS; kind++)
		sum += d->bytes[kind];
	return sum;
}
