/* The engine's own prune takes everybody's. Here the engine lists what of this run, by its label,
 * is not in use, and each goes by a request of its own, as with docker rm: what the engine keeps
 * after all stays. Nothing is said of the space, for it was not measured. */
#include "sandbox/broker/prune.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"

#include <string.h>

#define MINOR_ANONYMOUS 42 /* from there on, of volumes only those without a name go */

struct prune_row {
	const char *family, *deleted;
	enum object_kind kind; /* OBJECT_KINDS: nothing of it is the run's */
	const char *list, *array, *key;
	const char *shown;           /* the key of what is told */
	const char *filter, *values; /* what is not in use */
	const char *remove, *behind; /* around the id */
};

static const struct prune_row rows[] = {
	{ "containers", "ContainersDeleted", OBJECT_CONTAINER, "/containers/json?all=1&", NULL,
		"Id", "Id", "status", "{\"created\":true,\"exited\":true,\"dead\":true}",
		"/containers/", "?v=1" },
	{ "networks", "NetworksDeleted", OBJECT_NETWORK, "/networks?", NULL, "Id", "Name",
		"dangling", "{\"true\":true}", "/networks/", "" },
	{ "volumes", "VolumesDeleted", OBJECT_VOLUME, "/volumes?", "Volumes", "Name", "Name",
		"dangling", "{\"true\":true}", "/volumes/", "" },
	{ "images", "ImagesDeleted", OBJECT_IMAGE, "/images/json?", NULL, "Id", "Id", "dangling",
		"{\"true\":true}", "/images/", "" },
	{ "build", "CachesDeleted", OBJECT_KINDS, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct prune_row *row_of(const struct exchange *x)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(x->target.segments[0], rows[i].family) == 0)
			return &rows[i];
	return NULL;
}

/* The client's filters, or an empty object. Strict JSON, by the schema: query_apply() saw it. */
static cJSON *filters_of(struct exchange *x)
{
	const char *value = target_value(&x->target, "filters");
	cJSON *given = value != NULL ? cJSON_Parse(value) : NULL;

	if (cJSON_IsObject(given))
		return given;
	cJSON_Delete(given);
	return cJSON_CreateObject();
}

static bool has_word(const cJSON *filter, const char *word)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, filter)
	{
		if (strcmp(cJSON_IsArray(filter) ? (cJSON_IsString(item) ? item->valuestring : "")
						 : item->string,
			    word) == 0)
			return true;
	}
	return false;
}

/* Of volumes with names the engine of a newer version keeps its hands off. */
static bool is_asked_for(
	const struct exchange *x, const struct prune_row *row, const cJSON *filters)
{
	unsigned minor = x->target.minor > 0 ? x->target.minor : x->broker->upstream.minor;
	const cJSON *all = json_member(filters, "all");

	return row->kind != OBJECT_VOLUME || minor < MINOR_ANONYMOUS || has_word(all, "true") ||
	       has_word(all, "1");
}

/* The client's labels, and ours. */
static bool put_labels(
	const struct broker *b, const struct prune_row *row, const cJSON *given, cJSON *filters)
{
	bool images = row->kind == OBJECT_IMAGE;
	cJSON *labels = cJSON_AddObjectToObject(filters, "label");
	own_text struct text own = { 0 };
	const cJSON *label;
	bool ok = labels != NULL;

	text_format(&own, "%s=%s", images ? LABEL_RUN : LABEL_OWNER,
		images ? b->policy.run_id : b->policy.owner);
	ok = ok && !own.failed && cJSON_AddTrueToObject(labels, own.s) != NULL;
	cJSON_ArrayForEach(label, json_member(given, "label"))
	{
		const char *word = cJSON_IsString(label) ? label->valuestring : label->string;

		ok = ok && word != NULL && cJSON_AddTrueToObject(labels, word) != NULL;
	}
	return ok;
}

static int list(struct exchange *x, const struct prune_row *row, const cJSON *given, cJSON **ret)
{
	own_json cJSON *filters = cJSON_CreateObject();
	own_text struct text path = { 0 };
	own_mem char *printed = NULL;
	int status;

	if (!put_labels(x->broker, row, given, filters) ||
		!cJSON_AddItemToObject(filters, row->filter, cJSON_Parse(row->values)) ||
		(printed = cJSON_PrintUnformatted(filters)) == NULL)
		return refuse_memory(&x->refusal);
	text_format(&path, "%sfilters=", row->list);
	text_encode(&path, printed, false);
	if (path.failed)
		return refuse_memory(&x->refusal);
	return upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path.s, NULL, &status,
		ret, &x->refusal);
}

/* A volume may not go while a container that names it is being made (object.c). */
static bool begin(struct broker *b, struct object *object)
{
	if (object->kind == OBJECT_VOLUME && b->claiming > 0)
		return false;
	object->leaving++;
	return true;
}

/* Has it gone? */
static int remove_one(struct exchange *x, const struct prune_row *row, const char *id)
{
	struct broker *b = x->broker;
	struct object *object = ownership_find(&b->own, row->kind, id);
	own_text struct text path = { 0 };
	int status, result;

	if (object == NULL || object->intermediate || object->holder != NULL || !begin(b, object))
		return 0;
	text_word(&path, row->remove);
	text_encode(&path, id, false);
	text_word(&path, row->behind);
	result = path.failed ? refuse_memory(&x->refusal)
			     : upstream_ask(&b->upstream, NULL, HTTP_DELETE, path.s, NULL, &status,
				       NULL, &x->refusal);
	object = ownership_find(&b->own, row->kind, id);
	if (object != NULL && object->leaving > 0)
		object->leaving--;
	if (result < 0)
		return -1;
	if (status != 200 && status != 204)
		return 0;
	ownership_gone(&b->own, row->kind, id);
	return 1;
}

static bool add_deleted(cJSON *deleted, const struct prune_row *row, const char *id)
{
	cJSON *item = row->kind == OBJECT_IMAGE ? cJSON_CreateObject() : cJSON_CreateString(id);
	bool ok = item != NULL && (row->kind != OBJECT_IMAGE ||
					  cJSON_AddStringToObject(item, "Deleted", id) != NULL);

	if (ok && cJSON_AddItemToArray(deleted, item))
		return true;
	cJSON_Delete(item);
	return false;
}

static int remove_all(struct exchange *x, const struct prune_row *row, cJSON *deleted)
{
	own_json cJSON *given = filters_of(x), *answer = NULL;
	const cJSON *entry, *entries;

	if (row->kind == OBJECT_KINDS || !is_asked_for(x, row, given))
		return 0;
	if (list(x, row, given, &answer) < 0)
		return -1;
	entries = row->array != NULL ? json_member(answer, row->array) : answer;
	cJSON_ArrayForEach(entry, entries)
	{
		const char *id = json_text(entry, row->key);
		int gone = remove_one(x, row, id);

		if (gone < 0)
			return -1;
		if (gone > 0 && !add_deleted(deleted, row, json_text(entry, row->shown)))
			return refuse_memory(&x->refusal);
	}
	return 0;
}

int prune_carry_out(struct exchange *x)
{
	const struct prune_row *row = row_of(x);
	own_json cJSON *json = cJSON_CreateObject();
	cJSON *deleted;

	if (row == NULL)
		return refuse(&x->refusal, 404, "there is nothing to prune");
	deleted = cJSON_AddArrayToObject(json, row->deleted);
	if (deleted == NULL || cJSON_AddNumberToObject(json, "SpaceReclaimed", 0) == NULL)
		return refuse_memory(&x->refusal);
	x->makes = true; /* what has gone is told, or nobody knows */
	if (remove_all(x, row, deleted) < 0)
		return -1;
	return exchange_json(x, 200, json);
}
