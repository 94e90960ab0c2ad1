/* sandbox/docker/saved_image.c and image_archive.c: what of an archive is believed. */
#include "sandbox/docker/saved_image.h"

#include "sandbox/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* An entry as if it had passed; content NULL: it went on. */
static void add(struct saved_archive *a, const char *name, const char *target, const char *digest,
	const char *content)
{
	struct image_entry *entry = &a->entries[a->n++];

	snprintf(entry->name, sizeof(entry->name), "%s", name);
	snprintf(entry->target, sizeof(entry->target), "%s", target);
	snprintf(entry->digest, sizeof(entry->digest), "%s", digest);
	entry->is_held = content != NULL;
	if (content != NULL)
		text_word(&entry->content, content);
}

#define LIST(layers) "[{\"Config\":\"c\",\"RepoTags\":[\"mine/a:1\"],\"Layers\":" layers "}]"
#define IMAGE(ids)   "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":" ids "}}"

static void what_is_believed(void **state)
{
	static const struct {
		const char *list, *description;
		int status; /* of the refusal; 0: believed */
	} rows[] = {
		{ LIST("[\"l\"]"), IMAGE("[\"sha256:" A64 "\"]"), 0 },
		{ LIST("[\"link\",\"l\"]"), IMAGE("[\"sha256:" A64 "\",\"sha256:" A64 "\"]"), 0 },
		{ LIST("[]"), IMAGE("[]"), 0 },
		{ LIST("[\"l\"]"), IMAGE("[\"sha256:" B64 "\"]"), 400 },
		{ LIST("[\"l\"]"), IMAGE("[\"" A64 "\"]"), 400 },
		{ LIST("[\"l\"]"), IMAGE("[\"sha256:\"]"), 400 },
		{ LIST("[\"l\"]"), IMAGE("[]"), 400 },
		{ LIST("[]"), IMAGE("[\"sha256:" A64 "\"]"), 400 },
		{ LIST("[\"none\"]"), IMAGE("[\"sha256:" A64 "\"]"), 400 },
		{ LIST("[\"round\"]"), IMAGE("[\"sha256:" A64 "\"]"), 400 },
		{ LIST("[7]"), IMAGE("[\"sha256:" A64 "\"]"), 400 },
		{ LIST("[\"l\"]"),
			"{\"RootFS\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64 "\"]}}",
			400 },
		{ LIST("[\"l\"]"),
			"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64
			"\"]},\"Rootfs\":{}}",
			400 },
		{ LIST("[\"l\"]"), "no JSON", 400 },
		{ "[]", IMAGE("[]"), 400 },
		{ "{}", IMAGE("[]"), 400 },
		{ "[{\"Config\":\"l\",\"Layers\":[]}]", IMAGE("[]"), 400 },
		{ "[{\"Config\":\"c\",\"RepoTags\":[7],\"Layers\":[]}]", IMAGE("[]"), 400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct saved_images images = { .n = 0 };
		struct saved_archive a = { .n = 0 };
		struct refusal r = { 0 };

		assert_non_null(a.entries = calloc(8, sizeof(*a.entries)));
		add(&a, "manifest.json", "", "", rows[i].list);
		add(&a, "c", "", "", rows[i].description);
		add(&a, "l", "", A64, NULL);
		add(&a, "link", "l", "", NULL);
		add(&a, "round", "round", "", NULL);
		assert_int_equal(saved_images_read(&a, &images, &r), rows[i].status == 0 ? 0 : -1);
		assert_int_equal(rows[i].status == 0 ? 0 : r.status, rows[i].status);
		saved_images_release(&images);
		image_archive_release(&a);
	}
}

static void what_goes_on(void **state)
{
	static const struct saved_label labels[] = { { "run", "ours" }, { "tags", "x" } };
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "{\"config\":{\"Labels\":{\"run\":\"theirs\",\"a\":\"b\"}}}",
			"{\"config\":{\"Labels\":{\"a\":\"b\",\"run\":\"ours\",\"tags\":\"x\"}}}" },
		{ "{\"config\":null}",
			"{\"config\":{\"Labels\":{\"run\":\"ours\",\"tags\":\"x\"}}}" },
		{ "{}", "{\"config\":{\"Labels\":{\"run\":\"ours\",\"tags\":\"x\"}}}" },
		{ "{ \"config\": {\"Labels\":{\"tags\":\"x\",\"run\":\"ours\"}}}",
			"{ \"config\": {\"Labels\":{\"tags\":\"x\",\"run\":\"ours\"}}}" },
		{ "{\"config\":{\"Labels\":{\"run\":\"ours\",\"tags\":\"y\"}}}",
			"{\"config\":{\"Labels\":{\"run\":\"ours\",\"tags\":\"x\"}}}" },
		{ "{\"config\":[]}", NULL },
		{ "{\"Config\":{}}", NULL },
		{ "{\"config\":{\"labels\":{}}}", NULL },
		{ "{\"config\":{\"Label\u017f\":{}}}", NULL },
		{ "{\"config\":{\"Labels\":{\"TAGS\":\"\"}}}", NULL },
		{ "{\"config\":{\"Labels\":\"\"}}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct text described = { .s = (char *)(uintptr_t)rows[i].before,
			.n = strlen(rows[i].before) };
		struct saved_image image = { .description = cJSON_Parse(rows[i].before),
			.described = &described };
		own_text struct text after = { 0 };
		struct refusal r;

		if (rows[i].after == NULL) {
			assert_int_equal(saved_image_describe(&image, labels, 2, &after, &r), -1);
		} else {
			assert_int_equal(saved_image_describe(&image, labels, 2, &after, &r), 0);
			assert_string_equal(after.s, rows[i].after);
		}
		cJSON_Delete(image.description);
	}
}

static void header(char *block, char type, const char *name, const char *target)
{
	struct text text = { 0 };
	unsigned sum = 0;

	tar_write_header(&text, name, 0);
	memcpy(block, text.s, TAR_BLOCK);
	text_release(&text);
	block[TAR_TYPE] = type;
	memcpy(block + 157, target, strlen(target));
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
}

static void paths_and_types(void **state)
{
	static const struct {
		char type;
		const char *name, *target;
		int status;
		const char *leads;
	} rows[] = {
		{ '0', "a/b", "", 0, "" },
		{ '0', "./a//b", "", 0, "" },
		{ '2', "a/b", "../c/d", 0, "c/d" },
		{ '2', "a/b", "d", 0, "a/d" },
		{ '1', "a/b", "c/d", 0, "c/d" },
		{ '0', "/a", "", 400, NULL },
		{ '0', "a/../../b", "", 400, NULL },
		{ '2', "a", "/etc/passwd", 400, NULL },
		{ '2', "a", "..", 400, NULL },
		{ '3', "null", "", 400, NULL },
		{ '6', "fifo", "", 400, NULL },
		{ 'L', "long", "", 400, NULL },
		{ 'S', "sparse", "", 400, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char block[TAR_BLOCK];
		struct saved_archive a = { .n = 0 };
		enum image_data data;
		struct refusal r = { 0 };
		uint64_t size;

		header(block, rows[i].type, rows[i].name, rows[i].target);
		assert_int_equal(image_archive_header(&a, block, &data, &size, &r),
			rows[i].status == 0 ? 0 : -1);
		assert_int_equal(r.status, rows[i].status);
		if (rows[i].leads != NULL)
			assert_string_equal(a.entries[0].target, rows[i].leads);
		/* The same once more is another reader's truth. */
		if (rows[i].status == 0)
			assert_int_equal(image_archive_header(&a, block, &data, &size, &r), -1);
		image_archive_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_believed),
		cmocka_unit_test(what_goes_on),
		cmocka_unit_test(paths_and_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
