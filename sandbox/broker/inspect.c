#include "sandbox/broker/inspect.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/asked.h"
#include "sandbox/broker/lines.h"
#include "sandbox/broker/list_filters.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/docker/engine_word.h"
#include "sandbox/docker/redact.h"

#include <string.h>

/* ---- one object ---- */

static enum redact redact_of(const struct exchange *x, bool list)
{
	const char *family = x->target.segments[0];

	if (strcmp(family, "containers") == 0)
		return list ? REDACT_CONTAINER_SUMMARY : REDACT_CONTAINER;
	if (strcmp(family, "images") == 0)
		return list ? REDACT_IMAGE_SUMMARY : REDACT_IMAGE;
	if (strcmp(family, "exec") == 0)
		return REDACT_EXEC;
	return strcmp(family, "networks") == 0 ? REDACT_NETWORK : REDACT_VOLUME;
}

/* An image is named in the path as the engine knows it, by id. */
static int look_at_image(struct exchange *x)
{
	enum image_standing standing;

	if (x->match.place != PLACE_IMAGE)
		return 0;
	if (lookup_image(x->broker, &x->client->end, x->match.name, &standing, x->id, &x->refusal) <
		0)
		return -1;
	if (standing == IMAGE_OWN || standing == IMAGE_BASE)
		return 0;
	return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
}

/* Of an image's names those that the run may know. */
static void redact_foreign_tags(const struct broker *b, cJSON *image)
{
	static const char *const keys[] = { "RepoTags", "RepoDigests" };

	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		cJSON *names = cJSON_GetObjectItemCaseSensitive(image, keys[k]);

		for (int i = cJSON_GetArraySize(names) - 1; i >= 0; i--)
			if (!lookup_name_is_known(b,
				    cJSON_GetStringValue(cJSON_GetArrayItem(names, i)),
				    json_text(image, "Id")))
				cJSON_DeleteItemFromArray(names, i);
	}
}

/* The steps of an image: their own ids and names may be anybody's. */
static void redact_history(const struct broker *b, cJSON *steps)
{
	cJSON *step;

	cJSON_ArrayForEach(step, steps)
	{
		cJSON *tags = cJSON_GetObjectItemCaseSensitive(step, "Tags");

		for (int i = cJSON_GetArraySize(tags) - 1; i >= 0; i--)
			if (!lookup_name_is_known(b,
				    cJSON_GetStringValue(cJSON_GetArrayItem(tags, i)),
				    json_text(step, "Id")))
				cJSON_DeleteItemFromArray(tags, i);
	}
}

/* A container that could not be started keeps the engine's words. */
static void redact_error(struct exchange *x, const cJSON *container)
{
	exchange_hide_paths(
		x, cJSON_GetStringValue(json_member(json_member(container, "State"), "Error")));
}

static bool show_asked(const struct exchange *x, cJSON *answer)
{
	enum object_kind kind = exchange_kind(x);

	return (kind != OBJECT_CONTAINER && kind != OBJECT_NETWORK) ||
	       asked_show(x->broker, kind, answer);
}

int inspect_object(struct exchange *x)
{
	own_text struct text path = { 0 };
	cJSON *json = NULL;
	int status, result;

	if (look_at_image(x) < 0)
		return -1;
	if (exchange_path(x, &path) < 0)
		return -1;
	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path.s, NULL, &status,
		    &json, &x->refusal) < 0)
		return -1;
	if (json == NULL)
		return exchange_error(x, 502, "cofferdam: the engine gave no answer");
	if (cJSON_IsArray(json))
		redact_history(x->broker, json);
	else if (x->match.place == PLACE_IMAGE)
		redact_foreign_tags(x->broker, json);
	else if (x->match.place == PLACE_CONTAINER)
		redact_error(x, json);
	result = status != 200 || cJSON_IsArray(json) ||
				 (redact_object(redact_of(x, false), json) && show_asked(x, json))
			 ? exchange_json(x, status, json)
			 : refuse_memory(&x->refusal);
	cJSON_Delete(json);
	return result;
}

/* Podman tells the numbers that the container has itself. */
int inspect_top(struct exchange *x)
{
	own_json cJSON *json = NULL;

	if (exchange_forward_route(x) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	if (exchange_collect(x, &json) < 0)
		return -1;
	if (json == NULL)
		return exchange_error(x, 502, "cofferdam: the engine gave no answer");
	if (!x->broker->upstream.podman && !engine_word_number_processes(json))
		return refuse_memory(&x->refusal);
	return exchange_json(x, 200, json);
}

static bool wait_seen(struct exchange *x, cJSON *line, void *data)
{
	(void)x;
	(void)line;
	(void)data;
	return true;
}

int inspect_wait(struct exchange *x)
{
	static const struct line_hooks hooks = { .seen = wait_seen, .redact = REDACT_KINDS };

	if (exchange_forward_route(x) < 0)
		return -1;
	return x->head.status == 200 ? lines_relay(x, &hooks, NULL) : exchange_relay(x);
}

/* ---- lists ---- */

static bool entry_is_own(const struct exchange *x, cJSON *entry)
{
	const struct broker *b = x->broker;

	if (strcmp(x->target.segments[0], "images") == 0) {
		const struct object *own =
			ownership_find(&b->own, OBJECT_IMAGE, json_text(entry, "Id"));

		redact_foreign_tags(b, entry);
		return (own != NULL && !own->intermediate) ||
		       cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(entry, "RepoTags")) > 0;
	}
	return ownership_find(&b->own, exchange_kind(x),
		       exchange_kind(x) == OBJECT_VOLUME ? json_text(entry, "Name")
							 : json_text(entry, "Id")) != NULL;
}

/* docker ps -n: the engine counts everybody's. As it says of itself, a number is of all, also of
 * those that have ended. */
static unsigned long limit_of(const struct exchange *x)
{
	const char *limit =
		exchange_kind(x) == OBJECT_CONTAINER ? target_value(&x->target, "limit") : NULL;

	return limit != NULL && limit[0] != '-' ? strtoul(limit, NULL, 10) : 0;
}

static int limit_write(struct exchange *x)
{
	own_text struct text rest = { 0 };

	if (limit_of(x) == 0)
		return 0;
	text_add(&rest, x->query.s != NULL ? x->query.s : "", x->query.n);
	text_clear(&x->query);
	text_format(&x->query, "all=1%s%s", rest.n > 0 ? "&" : "", rest.n > 0 ? rest.s : "");
	return rest.failed || x->query.failed ? refuse_memory(&x->refusal) : 0;
}

static void limit_list(const struct exchange *x, cJSON *list)
{
	unsigned long limit = limit_of(x);

	while (limit > 0 && (unsigned long)cJSON_GetArraySize(list) > limit)
		cJSON_DeleteItemFromArray(list, cJSON_GetArraySize(list) - 1);
}

static int filter_list(struct exchange *x, cJSON *list)
{
	for (int i = cJSON_GetArraySize(list) - 1; i >= 0; i--) {
		cJSON *entry = cJSON_GetArrayItem(list, i);

		if (!entry_is_own(x, entry))
			cJSON_DeleteItemFromArray(list, i);
		else if (!redact_object(redact_of(x, true), entry) || !show_asked(x, entry))
			return refuse_memory(&x->refusal);
	}
	limit_list(x, list);
	return 0;
}

int inspect_list(struct exchange *x)
{
	own_text struct text path = { 0 };
	cJSON *json = NULL, *list;
	int status, result;

	if (list_filters_write(x) < 0 || limit_write(x) < 0 || exchange_path(x, &path) < 0)
		return -1;
	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path.s, NULL, &status,
		    &json, &x->refusal) < 0)
		return -1;
	list = cJSON_IsArray(json) ? json : cJSON_GetObjectItemCaseSensitive(json, "Volumes");
	if (status == 200 && list == NULL) {
		cJSON_Delete(json);
		return exchange_error(x, 502, "cofferdam: the engine gave no list");
	}
	cJSON_DeleteItemFromObjectCaseSensitive(json, "Warnings");
	result = status == 200 && filter_list(x, list) < 0 ? -1 : exchange_json(x, status, json);
	cJSON_Delete(json);
	return result;
}
