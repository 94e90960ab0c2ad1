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

/* By a pattern, whatever image it is of. --docker-tag grants making and not reading. */
static bool reference_is_granted(const struct broker *b, const struct reference *reference)
{
	return policy_matches(b->policy.bases, reference) ||
	       policy_matches(b->policy.pulls, reference);
}

static const struct object *own_tag(const struct broker *b, const struct reference *reference)
{
	char canonical[REFERENCE_TEXT_MAX];

	reference_canonical(reference, canonical, sizeof(canonical));
	return ownership_find(&b->own, OBJECT_TAG, canonical);
}

/* Or the run has given it to this very image, and nobody has moved it since. */
static bool reference_is_known(
	const struct broker *b, const struct reference *reference, const char *id)
{
	const struct object *tag;

	if (reference_is_granted(b, reference))
		return true;
	tag = own_tag(b, reference);
	return tag != NULL && tag->image != NULL && strcmp(tag->image, id) == 0;
}

bool lookup_name_is_known(const struct broker *b, const char *name, const char *id)
{
	struct reference reference;
	struct refusal unsaid;

	return name != NULL && reference_read(name, NULL, &reference, &unsaid) == 0 &&
	       reference_is_known(b, &reference, id);
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

static bool any_name_known(const struct broker *b, const cJSON *image)
{
	static const char *const keys[] = { "RepoTags", "RepoDigests" };
	const cJSON *name;

	for (size_t k = 0; k < ARRAY_LEN(keys); k++)
		cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(image, keys[k]))
		{
			if (lookup_name_is_known(
				    b, cJSON_GetStringValue(name), json_text(image, "Id")))
				return true;
		}
	return false;
}

static bool begins_so(const char *id, const char *digits)
{
	return strncmp(id, "sha256:", 7) == 0 && strncmp(id + 7, digits, strlen(digits)) == 0;
}

/* The run's own by what is recorded, others by the list of all: the engine is not asked about the
 * digits, so that nothing, not even the time, tells whether it knows them. */
static int find_by_id(struct broker *b, struct endpoint *cancel_on, const char *digits,
	enum image_standing *ret, char id[160], struct refusal *r)
{
	cJSON *images = NULL;
	const cJSON *image;
	size_t found = 0;
	int status;

	*ret = IMAGE_ABSENT;
	for (size_t i = 0; i < b->own.n; i++) {
		const struct object *object = &b->own.objects[i];

		if (object->kind == OBJECT_IMAGE && !object->intermediate &&
			begins_so(object->id, digits) && found++ == 0)
			snprintf(id, 160, "%s", object->id);
	}
	if (found > 0) {
		*ret = found == 1 ? IMAGE_OWN : IMAGE_ABSENT;
		return 0;
	}
	if (upstream_ask(&b->upstream, cancel_on, HTTP_GET, "/images/json", NULL, &status, &images,
		    r) < 0)
		return -1;
	cJSON_ArrayForEach(image, images)
	{
		if (begins_so(json_text(image, "Id"), digits) && any_name_known(b, image) &&
			found++ == 0)
			snprintf(id, 160, "%s", json_text(image, "Id"));
	}
	cJSON_Delete(images);
	if (found == 1)
		*ret = IMAGE_BASE;
	return 0;
}

/* A name that the run may not know is not asked for: it does not exist. */
static int find_by_name(struct broker *b, struct endpoint *cancel_on,
	const struct reference *reference, enum image_standing *ret, char id[160],
	struct refusal *r)
{
	char canonical[REFERENCE_TEXT_MAX];
	const struct object *own;
	cJSON *image = NULL;
	int status;

	*ret = IMAGE_ABSENT;
	if (!reference_is_granted(b, reference) && own_tag(b, reference) == NULL)
		return 0;
	reference_canonical(reference, canonical, sizeof(canonical));
	if (lookup_image_json(b, cancel_on, canonical, &status, &image, r) < 0)
		return -1;
	snprintf(id, 160, "%s", json_text(image, "Id"));
	cJSON_Delete(image);
	if (status != 200 || id[0] == '\0' || !reference_is_known(b, reference, id))
		return 0;
	own = ownership_find(&b->own, OBJECT_IMAGE, id);
	*ret = own != NULL && !own->intermediate ? IMAGE_OWN : IMAGE_BASE;
	return 0;
}

int lookup_image(struct broker *b, struct endpoint *cancel_on, const char *name,
	enum image_standing *ret, char id[160], struct refusal *r)
{
	struct reference reference;
	bool prefixed = strncmp(name, "sha256:", 7) == 0;

	id[0] = '\0';
	if (lookup_is_image_id(name)) {
		if (find_by_id(b, cancel_on, name + (prefixed ? 7 : 0), ret, id, r) < 0)
			return -1;
		if (*ret != IMAGE_ABSENT || prefixed)
			return 0;
	}
	if (reference_read(name, NULL, &reference, r) < 0)
		return -1;
	return find_by_name(b, cancel_on, &reference, ret, id, r);
}

int lookup_triggers(struct broker *b, struct endpoint *cancel_on, const char *id, cJSON **ret,
	struct refusal *r)
{
	cJSON *image = NULL;
	int status;

	*ret = NULL;
	if (lookup_image_json(b, cancel_on, id, &status, &image, r) < 0)
		return -1;
	*ret = cJSON_DetachItemFromObjectCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "OnBuild");
	cJSON_Delete(image);
	return status == 200 ? 0 : refuse(r, 404, "No such image: %s", id);
}
