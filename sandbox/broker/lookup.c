#include "sandbox/broker/lookup.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/reference.h"

#include <string.h>

/* ---- objects ---- */

/* The engine draws a name for a container that gets none. */
static void learn_names(struct broker *b, struct endpoint *cancel_on)
{
	for (size_t i = 0; i < b->own.n; i++) {
		own_text struct text path = { 0 };
		own_mem char *id = NULL;
		struct refusal unsaid;
		struct object *object = &b->own.objects[i];
		cJSON *json = NULL;
		int status;

		if (object->kind != OBJECT_CONTAINER || object->intermediate ||
			object->name[0] != '\0')
			continue;
		id = strdup(object->id);
		if (id == NULL)
			return;
		text_format(&path, "/containers/%s/json", id);
		if (upstream_ask(&b->upstream, cancel_on, HTTP_GET, path.s, NULL, &status, &json,
			    &unsaid) == 0 &&
			json_text(json, "Name")[0] == '/') {
			/* The list may have moved while we waited. */
			object = ownership_find(&b->own, OBJECT_CONTAINER, id);
			if (object != NULL)
				ownership_rename(object, json_text(json, "Name") + 1);
		}
		cJSON_Delete(json);
	}
}

bool lookup_object(struct broker *b, struct endpoint *cancel_on, enum object_kind kind,
	const char *word, char ret_id[160])
{
	struct object *object = ownership_resolve(&b->own, kind, word);

	if (object == NULL && kind == OBJECT_CONTAINER) {
		learn_names(b, cancel_on);
		object = ownership_resolve(&b->own, kind, word);
	}
	if (object == NULL || strlen(object->id) >= 160)
		return false;
	snprintf(ret_id, 160, "%s", object->id);
	return true;
}

/* Creating a volume that is there answers 201 as well: whose it is says the label, which only
 * we know. */
bool lookup_is_ours(const struct broker *b, const cJSON *object)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(object, "Labels");

	return strcmp(json_text(labels, LABEL_OWNER), b->policy.owner) == 0;
}

int lookup_volume_absent(
	struct broker *b, struct endpoint *cancel_on, const char *name, struct refusal *r)
{
	own_text struct text path = { 0 };
	int status;

	text_word(&path, "/volumes/");
	text_encode(&path, name, false);
	if (path.failed)
		return refuse_memory(r);
	if (upstream_ask(&b->upstream, cancel_on, HTTP_GET, path.s, NULL, &status, NULL, r) < 0)
		return -1;
	return status == 404
		       ? 0
		       : refuse(r, 409, "a volume of that name exists, and is not this run's: %s",
				 name);
}

/* ---- images ---- */

bool lookup_is_image_id(const char *name)
{
	size_t n;

	if (strncmp(name, "sha256:", 7) == 0)
		name += 7;
	n = strlen(name);
	return n >= 11 && n <= 64 && strspn(name, "0123456789abcdef") == n;
}

static bool reference_is_granted(const struct broker *b, const struct reference *reference)
{
	const struct policy *p = &b->policy;
	char canonical[REFERENCE_TEXT_MAX];

	reference_canonical(reference, canonical, sizeof(canonical));
	return policy_matches(p->bases, reference) || policy_matches(p->pulls, reference) ||
	       policy_matches(p->tags, reference) ||
	       ownership_find(&b->own, OBJECT_TAG, canonical) != NULL;
}

bool lookup_name_is_granted(const struct broker *b, const char *name)
{
	struct reference reference;
	struct refusal unsaid;

	return name != NULL && reference_read(name, NULL, &reference, &unsaid) == 0 &&
	       reference_is_granted(b, &reference);
}

/* Inspect by name; the caller's tree, NULL and status 404 if there is none. */
int lookup_image_json(struct broker *b, struct endpoint *cancel_on, const char *name,
	int *ret_status, cJSON **ret, struct refusal *r)
{
	own_text struct text path = { 0 };

	text_word(&path, "/images/");
	text_encode(&path, name, true);
	text_word(&path, "/json");
	if (path.failed)
		return refuse_memory(r);
	return upstream_ask(&b->upstream, cancel_on, HTTP_GET, path.s, NULL, ret_status, ret, r);
}

static bool any_name_granted(const struct broker *b, const cJSON *image)
{
	static const char *const keys[] = { "RepoTags", "RepoDigests" };
	const cJSON *name;

	for (size_t k = 0; k < ARRAY_LEN(keys); k++)
		cJSON_ArrayForEach(name,
			cJSON_GetObjectItemCaseSensitive(image,
				keys[k])) if (lookup_name_is_granted(b,
						      cJSON_GetStringValue(name))) return true;
	return false;
}

int lookup_image(struct broker *b, struct endpoint *cancel_on, const char *name,
	enum image_standing *ret, char id[160], struct refusal *r)
{
	struct reference reference;
	const struct object *own;
	cJSON *image = NULL;
	int status;

	if (!lookup_is_image_id(name) && reference_read(name, NULL, &reference, r) < 0)
		return -1;
	if (lookup_image_json(b, cancel_on, name, &status, &image, r) < 0)
		return -1;
	snprintf(id, 160, "%s", json_text(image, "Id"));
	own = ownership_find(&b->own, OBJECT_IMAGE, id);
	if (status != 200 || id[0] == '\0')
		*ret = IMAGE_ABSENT;
	else if (own != NULL && !own->intermediate)
		*ret = IMAGE_OWN;
	else
		*ret = any_name_granted(b, image) ? IMAGE_BASE : IMAGE_FOREIGN;
	cJSON_Delete(image);
	return 0;
}

int lookup_triggers(struct broker *b, struct endpoint *cancel_on, const char *name, cJSON **ret,
	struct refusal *r)
{
	cJSON *image = NULL;
	int status;

	*ret = NULL;
	if (lookup_image_json(b, cancel_on, name, &status, &image, r) < 0)
		return -1;
	*ret = cJSON_DetachItemFromObjectCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "OnBuild");
	cJSON_Delete(image);
	return status == 200 ? 0 : refuse(r, 404, "No such image: %s", name);
}
