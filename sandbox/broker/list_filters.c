#include "sandbox/broker/list_filters.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/docker/query_rows.h"

#include <string.h>

/* What no image has: an engine knows of none, and goes on. */
#define NO_IMAGE "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static int image_id(struct exchange *x, const char *name, char id[160], bool required)
{
	enum image_standing standing;

	if (lookup_image(x->broker, &x->client->end, name, &standing, id, &x->refusal) < 0)
		return -1;
	if (standing != IMAGE_ABSENT)
		return 0;
	snprintf(id, 160, "%s", NO_IMAGE);
	return required ? refuse(&x->refusal, 404, "No such image: %s", name) : 0;
}

/* A container that lists what was made from an image it does not know lists nothing; one that is
 * asked for what is newer than it says that it is not there. */
static int ancestor_id(struct exchange *x, const char *name, char id[160])
{
	return image_id(x, name, id, false);
}

static int sibling_image_id(struct exchange *x, const char *name, char id[160])
{
	return image_id(x, name, id, true);
}

static int container_id(struct exchange *x, const char *name, char id[160])
{
	if (lookup_object(x->broker, &x->client->end, OBJECT_CONTAINER, name, id))
		return 0;
	return refuse(&x->refusal, 404, "No such container: %s", name);
}

static const struct {
	const struct schema *schema;
	const char *filter;
	int (*id)(struct exchange *x, const char *name, char id[160]);
} rows[] = {
	{ &query_container_filters, "ancestor", ancestor_id },
	{ &query_container_filters, "before", container_id },
	{ &query_container_filters, "since", container_id },
	{ &query_image_filters, "before", sibling_image_id },
	{ &query_image_filters, "since", sibling_image_id },
};

/* Its keys are the names. */
static int put_ids(struct exchange *x, cJSON *filter,
	int (*id_of)(struct exchange *x, const char *name, char id[160]))
{
	cJSON *name;

	cJSON_ArrayForEach(name, filter)
	{
		char id[160], *copy;

		if (id_of(x, name->string, id) < 0)
			return -1;
		copy = cJSON_malloc(strlen(id) + 1);
		if (copy == NULL)
			return refuse_memory(&x->refusal);
		strcpy(copy, id);
		cJSON_free(name->string);
		name->string = copy;
	}
	return 0;
}

static int add_filters(struct exchange *x, const struct schema *schema, cJSON *filters)
{
	own_mem char *printed = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].schema == schema &&
			put_ids(x, cJSON_GetObjectItemCaseSensitive(filters, rows[i].filter),
				rows[i].id) < 0)
			return -1;
	printed = cJSON_PrintUnformatted(filters);
	if (printed == NULL)
		return refuse_memory(&x->refusal);
	text_word(&x->query, x->query.n > 0 ? "&filters=" : "filters=");
	text_encode(&x->query, printed, false);
	return x->query.failed ? refuse_memory(&x->refusal) : 0;
}

int list_filters_write(struct exchange *x)
{
	const struct query_rule *query = x->match.route->query;
	const struct schema *schema = query == query_containers ? &query_container_filters
				      : query == query_images   ? &query_image_filters
								: NULL;
	const char *value = target_value(&x->target, "filters");
	struct schema_run run = { .policy = &x->broker->policy };
	own_json cJSON *given = NULL, *filters = NULL;

	if (schema == NULL || value == NULL || value[0] == '\0')
		return 0;
	if (query_parse_json("filters", value, &given, &x->refusal) < 0)
		return -1;
	if (cJSON_IsNull(given))
		return 0;
	if (schema_apply(schema, given, &run, &filters, &x->refusal) < 0)
		return -1;
	return add_filters(x, schema, filters);
}
