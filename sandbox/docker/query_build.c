#include "sandbox/docker/query_build.h"

#include <string.h>
#include <strings.h>

/* An object of strings; null is let pass for those of them that mean "as it is". */
static int parse_map(
	const char *name, const char *value, bool with_null, cJSON **ret, struct refusal *r)
{
	const cJSON *item;
	cJSON *map;

	if (query_parse_json(name, value, &map, r) < 0)
		return -1;
	if (cJSON_IsNull(map)) {
		cJSON_Delete(map);
		map = cJSON_CreateObject();
	}
	if (map == NULL)
		return refuse_memory(r);
	*ret = map;
	cJSON_ArrayForEach(item, map)
	{
		if (!cJSON_IsString(item) && !(with_null && cJSON_IsNull(item)))
			break;
	}
	if (cJSON_IsObject(map) && item == NULL)
		return 0;
	cJSON_Delete(map);
	*ret = NULL;
	return refuse(r, 400, "query, %s: not a JSON object of strings", name);
}

/* The predefined arguments of both builders that need no ARG, and what BuildKit reads. */
static bool is_refused_arg(const char *name)
{
	static const char *const words[] = { "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY",
		"ALL_PROXY", NULL };

	return query_is_one_of(name, words) || strncasecmp(name, "BUILDKIT_", 9) == 0;
}

static int parse_args(const char *value, cJSON **ret, struct refusal *r)
{
	const cJSON *item;

	if (parse_map("buildargs", value, true, ret, r) < 0)
		return -1;
	cJSON_ArrayForEach(item, *ret)
	{
		if (is_refused_arg(item->string))
			break;
	}
	if (item == NULL)
		return 0;
	refuse(r, 403,
		"build argument %.60s: proxies are not in the key of the engine's cache, and "
		"BUILDKIT_* is not mediated; set another name",
		item->string);
	cJSON_Delete(*ret);
	*ret = NULL;
	return -1;
}

static int parse_labels(const char *value, cJSON **ret, struct refusal *r)
{
	const cJSON *item;

	if (parse_map("labels", value, false, ret, r) < 0)
		return -1;
	cJSON_ArrayForEach(item, *ret)
	{
		if (strncasecmp(item->string, LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0)
			break;
	}
	if (item == NULL)
		return 0;
	refuse(r, 403, "label %.80s: those that begin with " LABEL_PREFIX " are the broker's",
		item->string);
	cJSON_Delete(*ret);
	*ret = NULL;
	return -1;
}

static int parse_strings(const char *name, const char *value, cJSON **ret, struct refusal *r)
{
	const cJSON *item;
	cJSON *list;

	if (query_parse_json(name, value, &list, r) < 0)
		return -1;
	if (cJSON_IsNull(list)) {
		cJSON_Delete(list);
		list = cJSON_CreateArray();
	}
	if (list == NULL)
		return refuse_memory(r);
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			break;
	}
	if (cJSON_IsArray(list) && item == NULL) {
		*ret = list;
		return 0;
	}
	cJSON_Delete(list);
	return refuse(r, 400, "query, %s: not a JSON array of strings", name);
}

int query_build_check_args(const struct query_rule *rule, const char *value, struct refusal *r)
{
	cJSON *args;

	(void)rule;
	if (parse_args(value, &args, r) < 0)
		return -1;
	cJSON_Delete(args);
	return 0;
}

int query_build_check_labels(const struct query_rule *rule, const char *value, struct refusal *r)
{
	cJSON *labels;

	(void)rule;
	if (parse_labels(value, &labels, r) < 0)
		return -1;
	cJSON_Delete(labels);
	return 0;
}

int query_build_check_strings(const struct query_rule *rule, const char *value, struct refusal *r)
{
	cJSON *list;

	if (parse_strings(rule->name, value, &list, r) < 0)
		return -1;
	cJSON_Delete(list);
	return 0;
}

/* The value of a name that stands but once, "" counted as absent. */
static const char *value_of(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->pairs_n; i++)
		if (strcmp(target->pairs[i].name, name) == 0)
			return target->pairs[i].value[0] != '\0' ? target->pairs[i].value : NULL;
	return NULL;
}

static int give(cJSON *value, cJSON **ret, struct refusal *r)
{
	if (value == NULL)
		return refuse_memory(r);
	*ret = value;
	return 0;
}

int query_build_args(const struct target *target, cJSON **ret, struct refusal *r)
{
	const char *value = value_of(target, "buildargs");

	return value != NULL ? parse_args(value, ret, r) : give(cJSON_CreateObject(), ret, r);
}

int query_build_labels(const struct target *target, cJSON **ret, struct refusal *r)
{
	const char *value = value_of(target, "labels");

	return value != NULL ? parse_labels(value, ret, r) : give(cJSON_CreateObject(), ret, r);
}

int query_build_cache_from(const struct target *target, cJSON **ret, struct refusal *r)
{
	const char *value = value_of(target, "cachefrom");

	return value != NULL ? parse_strings("cachefrom", value, ret, r)
			     : give(cJSON_CreateArray(), ret, r);
}

bool query_build_quiet(const struct target *target)
{
	const char *value = value_of(target, "q");

	return value != NULL && !query_is_false(value);
}
