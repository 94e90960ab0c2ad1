/* An archive of images in whole blocks, its checksums mended so that more than the first header is
 * read. What goes on for it is a list of numbers and descriptions that are JSON, the first label in
 * each; and every layer of an image has the digest that its description names.
 */
#include "sandbox/docker/saved_image.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/schema.h"
#include "tests/fuzz/tar_block.h"

#include <sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_file(struct saved_archive *a, const char *bytes, size_t n, struct refusal *r)
{
	struct image_entry *entry = &a->entries[a->n - 1];

	SHA256Data((const uint8_t *)bytes, n, entry->digest);
	if (n > IMAGE_ARCHIVE_FILE || !image_archive_holds(entry, n > 0 ? bytes[0] : '\0', n))
		return 0;
	text_add(&entry->content, bytes, n);
	return image_archive_hold(a, entry, r);
}

static int take_about(const char *bytes, size_t n, struct refusal *r)
{
	own_text struct text pax = { 0 };

	text_add(&pax, bytes, n);
	return image_archive_about(&pax, r);
}

static int walk(struct saved_archive *a, const char *tar, size_t n, struct refusal *r)
{
	char block[TAR_BLOCK];
	enum image_data data;
	uint64_t size;

	for (size_t at = 0; n - at >= TAR_BLOCK;
		at += (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK) {
		memcpy(block, tar + at, sizeof(block));
		if (block[0] != '\0')
			mend_checksum(block);
		if (image_archive_header(a, block, &data, &size, r) < 0)
			return -1;
		if (data == IMAGE_DATA_END)
			return 0;
		at += TAR_BLOCK;
		if (size > n - at)
			return -1;
		if ((data == IMAGE_DATA_ABOUT && take_about(tar + at, size, r) < 0) ||
			(data == IMAGE_DATA_FILE && take_file(a, tar + at, size, r) < 0))
			return -1;
		if (size + TAR_BLOCK > n - at)
			return 0;
	}
	return 0;
}

static void check_list(const struct saved_images *images)
{
	own_text struct text list = { 0 };
	own_json cJSON *json = NULL;
	const cJSON *row;
	struct refusal r;

	if (saved_images_list(images, &list, &r) < 0 ||
		schema_parse((struct span){ list.s, list.n }, 1024, &json, &r) < 0 ||
		(size_t)cJSON_GetArraySize(json) != images->n)
		abort();
	cJSON_ArrayForEach(row, json) if (!cJSON_IsNull(json_member(row, "RepoTags"))) abort();
}

static void check_description(struct saved_image *image, const struct saved_archive *a)
{
	const struct saved_label label = { "run", "ours" };
	const cJSON *ids = json_member(json_member(image->description, "rootfs"), "diff_ids");
	own_text struct text description = { 0 };
	own_json cJSON *json = NULL;
	struct refusal r;

	for (size_t i = 0; i < image->layers_n; i++) {
		const cJSON *id = cJSON_GetArrayItem(ids, (int)i);

		if (image->layers[i] >= a->n ||
			strcmp(id->valuestring + 7, a->entries[image->layers[i]].digest) != 0)
			abort();
	}
	if (saved_image_describe(image, &label, 1, &description, &r) < 0)
		return;
	if (schema_parse((struct span){ description.s, description.n }, 1024, &json, &r) < 0 ||
		strcmp(json_text(json_member(json_member(json, "config"), "Labels"), "run"),
			"ours") != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct saved_images images = { .n = 0 };
	struct saved_archive archive = { .n = 0 };
	struct refusal r;

	if (walk(&archive, (const char *)data, size, &r) == 0 &&
		saved_images_read(&archive, &images, &r) == 0) {
		check_list(&images);
		for (size_t i = 0; i < images.n; i++)
			check_description(&images.at[i], &archive);
	}
	saved_images_release(&images);
	image_archive_release(&archive);
	return 0;
}
