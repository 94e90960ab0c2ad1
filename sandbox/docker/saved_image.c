#include "sandbox/docker/saved_image.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/docker/schema.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST_PREFIX "sha256:"
#define DESCRIBED_KIB 1024 /* what was held, with the labels */

void saved_images_release(struct saved_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		json_end(&images->at[i].description);
	json_end(&images->list);
	images->n = 0;
}

/* ---- what is in it ---- */

/* JSON that lies in the archive: NULL and a refusal if it does not. */
static cJSON *read_held(const struct saved_archive *archive, const char *name,
	const struct text **ret_text, struct refusal *r)
{
	const struct image_entry *entry = image_archive_find(archive, name);
	cJSON *ret = NULL;

	if (entry == NULL || !entry->is_held) {
		refuse(r, 400, "an archive without %s, or it is no JSON", name);
		return NULL;
	}
	*ret_text = &entry->content;
	schema_parse((struct span){ entry->content.s, entry->content.n }, IMAGE_ARCHIVE_FILE / 1024,
		&ret, r);
	return ret;
}

static int read_layer(const struct saved_archive *archive, const char *path, const char *wanted,
	size_t *ret, struct refusal *r)
{
	const struct image_entry *entry = image_archive_find(archive, path);

	if (entry == NULL)
		return refuse(r, 400,
			"an archive without the layer %s: all of an image has to be in it", path);
	if (entry->digest[0] == '\0' || strncmp(wanted, DIGEST_PREFIX, 7) != 0 ||
		strcmp(wanted + 7, entry->digest) != 0)
		return refuse(
			r, 400, "the layer %s is not %.71s: a tar, or that in gzip", path, wanted);
	*ret = (size_t)(entry - archive->entries);
	return 0;
}

static int read_layers(const struct saved_archive *archive, const cJSON *layers,
	struct saved_image *ret, struct refusal *r)
{
	const cJSON *rootfs = json_member(ret->description, "rootfs");
	const cJSON *ids = json_member(rootfs, "diff_ids"), *layer, *id;
	int n = cJSON_GetArraySize(ids);

	if (strcmp(json_text(rootfs, "type"), "layers") != 0 || !cJSON_IsArray(ids) ||
		!cJSON_IsArray(layers) || n != cJSON_GetArraySize(layers))
		return refuse(r, 400, "an image with other layers than it says");
	if (n > SAVED_IMAGE_LAYERS)
		return refuse(r, 413, "an image of more than %d layers", SAVED_IMAGE_LAYERS);
	id = ids->child;
	cJSON_ArrayForEach(layer, layers)
	{
		if (!cJSON_IsString(layer) || !cJSON_IsString(id))
			return refuse(r, 400, "an image with a layer that has no name");
		if (read_layer(archive, layer->valuestring, id->valuestring,
			    &ret->layers[ret->layers_n++], r) < 0)
			return -1;
		id = id->next;
	}
	return 0;
}

static int read_tags(const cJSON *tags, struct saved_image *ret, struct refusal *r)
{
	const cJSON *tag;

	cJSON_ArrayForEach(tag, tags)
	{
		if (!cJSON_IsString(tag))
			return refuse(r, 400, "an image with a name that is no text");
		if (ret->tags_n == SAVED_IMAGE_TAGS)
			return refuse(r, 413, "an image of more than %d names", SAVED_IMAGE_TAGS);
		ret->tags[ret->tags_n++] = tag->valuestring;
	}
	return 0;
}

int saved_images_read(
	const struct saved_archive *archive, struct saved_images *ret, struct refusal *r)
{
	const struct text *text;
	const cJSON *row;

	if ((ret->list = read_held(archive, IMAGE_ARCHIVE_LIST, &text, r)) == NULL)
		return -1;
	if (!cJSON_IsArray(ret->list) || ret->list->child == NULL)
		return refuse(r, 400, IMAGE_ARCHIVE_LIST " names no image");
	cJSON_ArrayForEach(row, ret->list)
	{
		struct saved_image *image = &ret->at[ret->n];

		if (ret->n == SAVED_IMAGES)
			return refuse(r, 413, "an archive of more than %d images", SAVED_IMAGES);
		image->description =
			read_held(archive, json_text(row, "Config"), &image->described, r);
		if (image->description == NULL)
			return -1;
		ret->n++;
		if (read_layers(archive, json_member(row, "Layers"), image, r) < 0 ||
			read_tags(json_member(row, "RepoTags"), image, r) < 0)
			return -1;
	}
	return 0;
}

/* ---- what goes on ---- */

/* The object of that name in it, made if there is none; NULL: no memory, or it is none. */
static cJSON *object_in(cJSON *object, const char *key)
{
	cJSON *ret = cJSON_GetObjectItemCaseSensitive(object, key);

	if (ret == NULL || cJSON_IsNull(ret)) {
		cJSON_DeleteItemFromObjectCaseSensitive(object, key);
		return cJSON_AddObjectToObject(object, key);
	}
	return cJSON_IsObject(ret) ? ret : NULL;
}

static int print(const cJSON *json, struct text *ret, struct refusal *r)
{
	own_mem char *printed = cJSON_PrintUnformatted(json);

	if (printed != NULL)
		text_word(ret, printed);
	return printed == NULL || ret->failed ? refuse_memory(r) : 0;
}

/* One that is not there and one without a value are the same. */
static bool has_all(const cJSON *there, const struct saved_label *labels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(json_text(there, labels[i].name), labels[i].value) != 0)
			return false;
	return true;
}

int saved_image_describe(struct saved_image *image, const struct saved_label *labels, size_t n,
	struct text *ret, struct refusal *r)
{
	cJSON *config = object_in(image->description, "config");
	cJSON *there = config != NULL ? object_in(config, "Labels") : NULL;
	own_json cJSON *again = NULL;

	if (there == NULL)
		return refuse(r, 400, "an image whose config or Labels are no object");
	if (has_all(there, labels, n)) {
		text_add(ret, image->described->s, image->described->n);
		return ret->failed ? refuse_memory(r) : 0;
	}
	for (size_t i = 0; i < n; i++) {
		cJSON_DeleteItemFromObjectCaseSensitive(there, labels[i].name);
		if (cJSON_AddStringToObject(there, labels[i].name, labels[i].value) == NULL)
			return refuse_memory(r);
	}
	if (print(image->description, ret, r) < 0)
		return -1;
	/* A key that folds to one of those that were added would be merged with it, or win. */
	return schema_parse((struct span){ ret->s, ret->n }, DESCRIBED_KIB, &again, r);
}

static cJSON *row_of(const struct saved_image *image, size_t number)
{
	cJSON *row = cJSON_CreateObject();
	cJSON *layers = cJSON_AddArrayToObject(row, "Layers");
	char name[32];
	bool ok = layers != NULL && cJSON_AddNullToObject(row, "RepoTags") != NULL;

	snprintf(name, sizeof(name), SAVED_IMAGE_NAME, number);
	ok = ok && cJSON_AddStringToObject(row, "Config", name) != NULL;
	for (size_t i = 0; ok && i < image->layers_n; i++) {
		snprintf(name, sizeof(name), SAVED_IMAGE_LAYER_NAME, image->layers[i]);
		ok = value_push(layers, cJSON_CreateString(name));
	}
	return value_whole(row, ok);
}

int saved_images_list(const struct saved_images *images, struct text *ret, struct refusal *r)
{
	own_json cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < images->n; i++)
		if (!value_push(list, row_of(&images->at[i], i)))
			return refuse_memory(r);
	return print(list, ret, r);
}
