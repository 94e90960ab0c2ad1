#include "sandbox/broker/asked.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"

#include <string.h>

/* ---- kept ---- */

/* Of a network, as an engine would show it; null is what is shown of nothing asked for. */
static const struct {
	const char *name, *none;
} network_fields[] = { { "Internal", "false" }, { "EnableIPv6", "false" }, { "Options", "{}" } };

static cJSON *of_network(const cJSON *asked)
{
	cJSON *kept = cJSON_CreateObject();
	bool ok = kept != NULL;

	for (size_t i = 0; ok && i < ARRAY_LEN(network_fields); i++) {
		const cJSON *given = json_member(asked, network_fields[i].name);
		cJSON *value = given != NULL && !cJSON_IsNull(given)
				       ? cJSON_Duplicate(given, true)
				       : cJSON_Parse(network_fields[i].none);

		ok = cJSON_AddItemToObject(kept, network_fields[i].name, value);
	}
	if (ok)
		return kept;
	cJSON_Delete(kept);
	return NULL;
}

static cJSON *of_container(const cJSON *asked)
{
	cJSON *kept = cJSON_CreateObject();

	if (cJSON_AddStringToObject(kept, "Image", json_text(asked, "Image")) != NULL)
		return kept;
	cJSON_Delete(kept);
	return NULL;
}

void asked_keep(struct exchange *x, enum object_kind kind, const char *id)
{
	struct object *object = ownership_find(&x->broker->own, kind, id);

	if (object == NULL || object->asked != NULL)
		return;
	object->asked = kind == OBJECT_NETWORK ? of_network(x->asked) : of_container(x->asked);
}

/* ---- shown ---- */

static bool put(cJSON *into, const char *name, const cJSON *value)
{
	cJSON *copy = cJSON_Duplicate(value, true);

	if (copy != NULL &&
		(cJSON_HasObjectItem(into, name)
				? cJSON_ReplaceItemInObjectCaseSensitive(into, name, copy)
				: cJSON_AddItemToObject(into, name, copy)))
		return true;
	cJSON_Delete(copy);
	return false;
}

bool asked_show(const struct broker *b, enum object_kind kind, cJSON *answer)
{
	const struct object *object = ownership_find(&b->own, kind, json_text(answer, "Id"));
	cJSON *into = answer;
	const cJSON *field;
	bool ok = true;

	if (object == NULL || object->asked == NULL)
		return true;
	/* Of a container that is inspected, Image is the id at the engine, too. */
	if (kind == OBJECT_CONTAINER && cJSON_HasObjectItem(answer, "Config"))
		into = cJSON_GetObjectItemCaseSensitive(answer, "Config");
	cJSON_ArrayForEach(field, object->asked)
	{
		ok = ok && put(into, field->string, field);
	}
	return ok;
}

bool asked_show_event(const struct broker *b, cJSON *event)
{
	cJSON *actor = cJSON_GetObjectItemCaseSensitive(event, "Actor");
	cJSON *attributes = cJSON_GetObjectItemCaseSensitive(actor, "Attributes");
	const struct object *object =
		ownership_find(&b->own, OBJECT_CONTAINER, json_text(actor, "ID"));
	const cJSON *image = object != NULL ? json_member(object->asked, "Image") : NULL;

	if (image == NULL || strcmp(json_text(event, "Type"), "container") != 0)
		return true;
	return (json_member(attributes, "image") == NULL || put(attributes, "image", image)) &&
	       (json_member(event, "from") == NULL || put(event, "from", image));
}
