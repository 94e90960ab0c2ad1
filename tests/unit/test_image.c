/* sandbox/rootfs: which image is meant, and what its documents say. */
#include "sandbox/base/own.h"
#include "sandbox/rootfs/image_config.h"
#include "sandbox/rootfs/image_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEX_A       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define A           "\"digest\": \"sha256:" HEX_A "\""
#define B           "\"digest\": \"sha256:" HEX_B "\""
#define NAMED(name) "\"annotations\": {\"org.opencontainers.image.ref.name\": \"" name "\"}"

static cJSON *parse(const char *text)
{
	struct failure f = { 0 };
	cJSON *tree = image_json_parse("a document", text, strlen(text), &f);

	assert_string_equal(f.what, "");
	assert_non_null(tree);
	return tree;
}

static void texts(void **state)
{
	static const char *const refused[] = { "", "1", "\"a\"", "{", "{\"a\":1,\"A\":2}", "[1,]" };
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		assert_null(image_json_parse("x", refused[i], strlen(refused[i]), &f));
		assert_string_not_equal(f.what, "");
	}
}

static void index_rows(void **state)
{
	static const struct {
		const char *reference, *digest, *what; /* digest: first letter, or what f says */
	} rows[] = {
		{ "one", "a", NULL },
		{ "host/app:two", "b", NULL },
		{ "app:two", "b", NULL },
		{ "two", "b", NULL },
		{ "sha256:" HEX_B, "b", NULL },
		{ "wo", NULL, "no image is called 'wo'; there is: one, host/app:two" },
		{ "", NULL, "several images lie there: one, host/app:two" },
	};
	own_json cJSON *index = parse("{\"manifests\": [{" A ", " NAMED("one") "}, {" B ", " NAMED(
		"host/app:two") "}, 7, {}]}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char digest[DIGEST_BYTES] = "";
		struct failure f = { 0 };
		int result = image_index_choose(index, "index.json", rows[i].reference, digest, &f);

		assert_int_equal(result, rows[i].digest != NULL ? 0 : -1);
		if (rows[i].digest != NULL)
			assert_int_equal(digest[7], rows[i].digest[0]);
		else
			assert_string_equal(f.what, rows[i].what);
	}
}

static void platforms(void **state)
{
	own_json cJSON *index = parse(
		"{\"manifests\": [{" A ", \"platform\": {\"os\": \"linux\", \"architecture\": "
		"\"s390x\"}}, {" A ", \"platform\": {\"os\": \"plan9\"}}]}");
	char digest[DIGEST_BYTES];
	struct failure f;

	(void)state;
	assert_int_equal(image_index_choose(index, NULL, "", digest, &f), -1);
	assert_non_null(strstr(f.what, "the image is for s390x, unknown; this machine is "));
	cJSON_AddStringToObject(cJSON_GetArrayItem(json_member(index, "manifests"), 1)->child->next,
		"architecture", image_own_architecture);
	assert_int_equal(image_index_choose(index, NULL, "", digest, &f), -1);
}

static void archives(void **state)
{
	own_json cJSON *list =
		parse("[{\"Config\": \"" HEX_A ".json\", \"RepoTags\": "
		      "[\"h/app:1\", \"x:latest\"], \"Layers\": [\"./a/layer.tar\"]}]");
	own_json cJSON *bad = parse("[{\"Config\": \"config.json\", \"Layers\": []}]");
	static const char *const fit[] = { "", "1", "app:1", "h/app:1", "x", ("sha256:" HEX_A) };
	struct image_archive archive;
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fit); i++) {
		assert_int_equal(image_archive_choose(list, fit[i], &archive, &f), 0);
		assert_string_equal(archive.digest, "sha256:" HEX_A);
		assert_string_equal(archive.layers[0], "a/layer.tar");
	}
	assert_int_equal(image_archive_choose(list, "2", &archive, &f), -1);
	assert_string_equal(f.what, "no image is called '2'; there is: h/app:1, x:latest");
	assert_int_equal(image_archive_choose(bad, "", &archive, &f), -1);
	assert_non_null(strstr(f.what, "no digest is in the name"));
}

/* A name with two digests is an image of the first, and nobody who asks for the other gets it. */
static void two_digests(void **state)
{
	own_json cJSON *list =
		parse("[{\"Config\": \"" HEX_A "/" HEX_B ".json\", \"Layers\": []}]");
	struct image_archive archive;
	struct failure f;

	(void)state;
	assert_int_equal(image_archive_choose(list, "sha256:" HEX_A, &archive, &f), 0);
	assert_string_equal(archive.digest, "sha256:" HEX_A);
	assert_int_equal(image_archive_choose(list, "sha256:" HEX_B, &archive, &f), -1);
}

static void ambiguous(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ "{\"manifests\": []}", 0 },
		{ "{\"manifests\": [], \"layers\": []}", -1 },
		{ "{\"manifests\": [], \"config\": {}}", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_json cJSON *document = parse(rows[i].text);
		struct failure f;

		assert_int_equal(image_index_check(document, &f), rows[i].result);
	}
}

static void configs(void **state)
{
	char text[512];
	struct image_config config;
	struct image_layers diffs;
	struct failure f;

	(void)state;
	snprintf(text, sizeof(text),
		"{\"os\": \"linux\", \"architecture\": \"%s\", \"config\": {\"Env\": [\"A=1\"], "
		"\"Entrypoint\": null, \"Cmd\": [\"run\", \"\"], \"WorkingDir\": \"/w\"}}",
		image_own_architecture);
	own_json cJSON *tree = parse(text);

	assert_int_equal(image_config_read(tree, &config, &diffs, &f), 0);
	assert_int_equal(config.environment_n, 1);
	assert_int_equal(config.entrypoint_n, 0);
	assert_int_equal(config.command_n, 2);
	assert_memory_equal(config.text, "A=1\0run\0", 9);
	assert_true(image_config_is_whole(&config));
	config.command_n = 3;
	assert_false(image_config_is_whole(&config));
	config.command_n = 2;
	memset(config.user, 'x', sizeof(config.user));
	assert_false(image_config_is_whole(&config));
	config = (struct image_config){ .environment_n = UINT32_MAX, .command_n = 1 };
	assert_false(image_config_is_whole(&config));
	config = (struct image_config){ .length = UINT32_MAX };
	assert_false(image_config_is_whole(&config));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(index_rows),
		cmocka_unit_test(platforms),
		cmocka_unit_test(archives),
		cmocka_unit_test(two_digests),
		cmocka_unit_test(ambiguous),
		cmocka_unit_test(configs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
