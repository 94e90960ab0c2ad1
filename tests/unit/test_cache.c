/* Named caches: whose one is, what the store calls it, and what may be said on the command line. */
#include "sandbox/base/own.h"
#include "sandbox/config/cache_word.h"
#include "sandbox/store/cache_key.h"
#include "sandbox/store/cache_record.h"
#include "sandbox/store/cache_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LINE "cofferdam-cache 1 " HEX " 7 12 1700000000.000000042 4096 3 npm\n"

static void words(void **state)
{
	static const struct {
		const char *word, *name, *place;
		bool writes;
	} rows[] = {
		{ "npm:/home/builder/.npm", "npm", "/home/builder/.npm", false },
		{ "npm:/home/builder/.npm:ro", "npm", "/home/builder/.npm", false },
		{ "npm:/home/builder/.npm:rw", "npm", "/home/builder/.npm", true },
		{ "A.b_c-1:/opt/ä b", "A.b_c-1", "/opt/ä b", false },
		{ "0:/x/...", "0", "/x/...", false },
	};
	struct cache_word got;
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(cache_word_parse("--cache", rows[i].word, &got, &f), 0);
		assert_string_equal(got.name, rows[i].name);
		assert_string_equal(got.place, rows[i].place);
		assert_true(got.writes == rows[i].writes);
	}
}

static void no_words(void **state)
{
	static const char *const rows[] = { "", ":", "npm", "npm:", ":/x", "npm:x", "npm:~/x",
		"npm:/", "npm://x", "npm:/x/", "npm:/x//y", "npm:/x/.", "npm:/x/../y", "npm:/..",
		"npm:/x:", "npm:/x:rx", "npm:/x:rw:rw", "npm:/x:rw:ro", "npm:/x:y:rw", "npm::rw",
		"../npm:/x", "a/b:/x", "/:/x", "..:/x", ".:/x", ".npm:/x", "-npm:/x", "_npm:/x",
		"n pm:/x", "n\tpm:/x", "npm\n:/x", "npm:/x\n", "npm:/x\x7f", "npm:/\x1b[2Jx",
		"n\xc3\xa4:/x", "n*:/x", "n%2f:/x", "n\\:/x", "n@x:/x", "n=x:/x", "gone-\x01:/x",
		HEX "0:/x" };
	char wide[400];
	struct cache_word got;
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (cache_word_parse("--cache", rows[i], &got, &f) == 0)
			fail_msg("'%s' is taken for a cache", rows[i]);
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	memcpy(wide, "npm:/", 5);
	assert_int_equal(cache_word_parse("--cache", wide, &got, &f), -1);
}

/* Whatever differs, the key does. */
static void keys(void **state)
{
	static const struct {
		struct cache_scope scope;
		const char *name, *ids;
	} rows[] = {
		{ { false, "https://example.org/a" }, "npm", "one" },
		{ { false, "https://example.org/b" }, "npm", "one" },
		{ { true, "https://example.org/a" }, "npm", "one" },
		{ { false, "https://example.org/a" }, "npm2", "one" },
		{ { false, "https://example.org/a" }, "npm", "0-100000-100000" },
		{ { false, "https://example.org/an" }, "pm", "one" },
		{ { false, "https://example.org/a3:npm" }, "x", "one" },
		{ { false, "" }, "npm", "one" },
		{ { true, "" }, "npm", "one" },
		{ { true, "a" }, "bone", "" },
		{ { true, "a" }, "b", "one" },
		{ { true, "ab" }, "", "one" },
		{ { true, "A" }, "b", "one" },
		{ { true, "a " }, "b", "one" },
		{ { true, "a4:" }, "b", "one" },
	};
	char got[ARRAY_LEN(rows)][CACHE_KEY_BYTES], again[CACHE_KEY_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cache_key(&rows[i].scope, rows[i].name, rows[i].ids, got[i]);
		cache_key(&rows[i].scope, rows[i].name, rows[i].ids, again);
		assert_string_equal(got[i], again);
		assert_true(cache_key_is_valid(got[i]));
		for (size_t k = 0; k < i; k++)
			if (strcmp(got[i], got[k]) == 0)
				fail_msg("rows %zu and %zu have one key", k, i);
	}
	cache_key_scope(&rows[0].scope, again);
	assert_true(cache_key_is_valid(again) && strcmp(again, got[0]) != 0);
}

static void source_keys(void **state)
{
	static const char *const rows[][3] = {
		{ "https://a/b", "1", "" },
		{ "https://a/b", "", "1" },
		{ "https://a/b1", "", "" },
		{ "https://a/b", "all", "" },
		{ "https://a/b", "1", "x" },
	};
	char got[ARRAY_LEN(rows)][CACHE_KEY_BYTES], again[CACHE_KEY_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cache_key_source(rows[i], 3, got[i]);
		assert_true(cache_key_is_valid(got[i]));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(got[i], got[j]);
	}
	cache_key_source(rows[0], 2, again);
	assert_string_not_equal(again, got[0]);
	cache_key_source(rows[0], 3, again);
	assert_string_equal(again, got[0]);
}

static void record(void **state)
{
	const struct cache_record want = { .key = HEX,
		.generation = 7,
		.inode = 12,
		.changed_s = 1700000000,
		.changed_ns = 42,
		.bytes = 4096,
		.files = 3,
		.name = "npm" };
	char text[CACHE_RECORD_BYTES], name[CACHE_FILE_BYTES], key[CACHE_KEY_BYTES];
	struct cache_record got;
	uint64_t generation;

	(void)state;
	cache_record_format(&want, text);
	assert_string_equal(text, LINE);
	assert_true(cache_record_parse(text, &got));
	assert_true(got.generation == 7 && got.inode == 12 && got.changed_s == 1700000000 &&
		    got.changed_ns == 42 && got.bytes == 4096 && got.files == 3);
	assert_string_equal(got.name, "npm");
	cache_record_name(&got, name);
	assert_string_equal(name, HEX ".7");
	assert_true(cache_record_parse_name(name, key, &generation));
	assert_string_equal(key, HEX);
	assert_true(generation == 7);
	assert_true(cache_record_parse_name(HEX ".999999999999999999", key, &generation));
}

static void no_records(void **state)
{
	static const char *const rows[] = {
		"",
		"\n",
		"cofferdam-cache 1",
		"cofferdam-cache 2 " HEX " 7 12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 " HEX " 7 12 1.000000000 4096 3 npm",
		"cofferdam-cache 1 " HEX " 7 12 1.000000000 4096 3 npm\n\n",
		"cofferdam-cache 1 " HEX " 7 12 1.000000000 4096 3\n",
		"cofferdam-cache 1 " HEX " 07 12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 " HEX " +7 12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 " HEX " -7 12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 " HEX " 7 12 1.0 4096 3 npm\n",
		"cofferdam-cache 1 " HEX " 7  12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 " HEX "0 7 12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 x 7 12 1.000000000 4096 3 npm\n",
		"cofferdam-cache 1 " HEX " 99999999999999999999999 12 1.000000000 4096 3 npm\n",
		"cofferdam-root 1 sha256:" HEX " one 12 1.000000000 4096 3\n",
	};
	struct cache_record got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (cache_record_parse(rows[i], &got))
			fail_msg("taken for a record: %s", rows[i]);
}

static void names(void **state)
{
	static const char *const rows[] = { "", ".", "..", HEX, HEX ".", HEX ".0", HEX ".01",
		HEX ".-1", HEX ".+1", HEX ".1 ", HEX ". 1", HEX ".1.new", HEX ".1/", HEX "0.1",
		HEX ".1000000000000000000", HEX ".99999999999999999999", "gone-" HEX, "record",
		"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef.1" };
	char key[CACHE_KEY_BYTES];
	uint64_t generation;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (cache_record_parse_name(rows[i], key, &generation))
			fail_msg("taken for a generation: %s", rows[i]);
		assert_false(cache_store_kind.is_name(rows[i]));
	}
	assert_true(cache_store_kind.is_name(HEX ".1"));
	assert_true(cache_store_kind.outlives(HEX ".10", HEX ".9"));
	assert_false(cache_store_kind.outlives(HEX ".9", HEX ".10"));
	assert_false(cache_store_kind.outlives(HEX ".9", HEX ".9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(no_words),
		cmocka_unit_test(keys),
		cmocka_unit_test(source_keys),
		cmocka_unit_test(record),
		cmocka_unit_test(no_records),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
