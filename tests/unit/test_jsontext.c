#include "sandbox/base/jsonplace.h"
#include "sandbox/base/jsontext.h"

#include "sandbox/base/own.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A heap copy without a final NUL, so that ASan sees a byte read too far. */
static int check_bytes(const char *text, size_t length, const struct jsontext_limits *limits,
	struct jsontext_error *error)
{
	own_mem char *copy = malloc(length + (length == 0));

	assert_non_null(copy);
	memcpy(copy, text, length);
	return jsontext_check(copy, length, limits, error);
}

static int check(const char *text, struct jsontext_error *error)
{
	return check_bytes(text, strlen(text), &jsontext_config_limits, error);
}

static void accepts_json(void **state)
{
	static const char *const good[] = { "{}", "[]", " \t\r\n{ } \n", "null", "true", "false",
		"0", "-0", "1.5", "-12.25e+3", "1E-2", "\"\"", "\"a\\n\\u00e9\\ud83d\\ude00\"",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "{\"a\":[1,{\"b\":null}],\"c\":\"d\"}",
		"[[],[[]],{}]", "{\"a\":{\"x\":1},\"b\":{\"x\":1}}", "{\"\":1,\" \":2}",
		"\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"", "\"\x7f\"", "\"\\/\\\\\\\"\"" };
	struct jsontext_error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (check(good[i], &error) < 0)
			fail_msg("refused %s: %u:%u: %s", good[i], error.line, error.column,
				error.what);
}

static void refuses_what_is_not_json(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *what;
	} bad[] = {
		{ "", 1, 1, "ends" },
		{ "  \n ", 2, 2, "ends" },
		{ "{} x", 1, 4, "follows" },
		{ "{}{}", 1, 3, "follows" },
		{ "[1,]", 1, 4, "not a JSON value" },
		{ "{\"a\":1,}", 1, 8, "expected a key" },
		{ "{,}", 1, 2, "expected a key" },
		{ "[,1]", 1, 2, "not a JSON value" },
		{ "{a:1}", 1, 2, "expected a key" },
		{ "{'a':1}", 1, 2, "expected a key" },
		{ "{\"a\" 1}", 1, 6, "expected \":\"" },
		{ "{\"a\":1 \"b\":2}", 1, 8, "expected \",\"" },
		{ "{\"a\":1]", 1, 7, "expected \",\"" },
		{ "[1}", 1, 3, "expected \",\"" },
		{ "// c\n{}", 1, 1, "not a JSON value" },
		{ "{}/* c */", 1, 3, "follows" },
		{ "nul", 1, 1, "not a JSON value" },
		{ "True", 1, 1, "not a JSON value" },
		{ "nullx", 1, 5, "follows" },
		{ "NaN", 1, 1, "not a JSON value" },
		{ "-Infinity", 1, 2, "minus" },
		{ "+1", 1, 1, "not a JSON value" },
		{ "01", 1, 1, "begins with 0" },
		{ "-01", 1, 2, "begins with 0" },
		{ ".5", 1, 1, "not a JSON value" },
		{ "1.", 1, 3, "decimal" },
		{ "1e", 1, 3, "exponent" },
		{ "1e+", 1, 4, "exponent" },
		{ "1e201", 1, 3, "exponent" },
		{ "1e99999999999999999999", 1, 3, "exponent" },
		{ "0x10", 1, 2, "follows" },
		{ "\"a", 1, 3, "ends inside" },
		{ "\"a\\", 1, 3, "ends inside" },
		{ "\"\\x41\"", 1, 2, "escape" },
		{ "\"\\u12g4\"", 1, 2, "hexadecimal" },
		{ "\"\\u123", 1, 2, "hexadecimal" },
		{ "\"\\u0000\"", 1, 2, "NUL" },
		{ "\"\\ud800\"", 1, 2, "high surrogate" },
		{ "\"\\ud800\\u0041\"", 1, 2, "high surrogate" },
		{ "\"\\ud800\\ud800\"", 1, 2, "high surrogate" },
		{ "\"\\udc00\"", 1, 2, "low surrogate" },
		{ "\"a\nb\"", 1, 3, "control" },
		{ "\"a\tb\"", 1, 3, "control" },
		{ "\"\xff\"", 1, 2, "UTF-8" },
		{ "\"\xc0\x80\"", 1, 2, "UTF-8" },
		{ "\"\xe0\x80\x80\"", 1, 2, "UTF-8" },
		{ "\"\xed\xa0\x80\"", 1, 2, "UTF-8" },
		{ "\"\xf0\x80\x80\x80\"", 1, 2, "UTF-8" },
		{ "\"\xf4\x90\x80\x80\"", 1, 2, "UTF-8" },
		{ "\"\xc3", 1, 2, "UTF-8" },
		{ "\xef\xbb\xbf{}", 1, 1, "byte order" },
		{ "\xc2\xa0{}", 1, 1, "not a JSON value" },
		{ "{\"\xc3\xa9\":1,\n \"b\":tru}", 2, 6, "not a JSON value" },
		{ "[\"\xe2\x82\xac\", x]", 1, 7, "not a JSON value" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct jsontext_error error = { 0, 0, "" };

		if (check(bad[i].text, &error) == 0)
			fail_msg("accepted %s", bad[i].text);
		if (error.line != bad[i].line || error.column != bad[i].column ||
			strstr(error.what, bad[i].what) == NULL)
			fail_msg("%s: expected %u:%u %s, got %u:%u %s", bad[i].text, bad[i].line,
				bad[i].column, bad[i].what, error.line, error.column, error.what);
	}
}

static void refuses_nul_bytes(void **state)
{
	struct jsontext_error error;

	(void)state;
	assert_int_equal(check_bytes("{}\0", 3, &jsontext_config_limits, &error), -1);
	assert_int_equal(check_bytes("\0{}", 3, &jsontext_config_limits, &error), -1);
	assert_int_equal(check_bytes("\"\0\"", 3, &jsontext_config_limits, &error), -1);
	assert_int_equal(check_bytes("\"\\\0\"", 4, &jsontext_config_limits, &error), -1);
	assert_int_equal(check_bytes("{\"a\0\":1}", 8, &jsontext_config_limits, &error), -1);
}

static void finds_folded_duplicates(void **state)
{
	static const char *const pairs[][2] = {
		{ "a", "a" },
		{ "Binds", "binds" },
		{ "Binds", "\\u0042inds" },
		{ "Binds", "Bind\xc5\xbf" },
		{ "binds", "Bind\\u017f" },
		{ "binds", "Bind\\u017F" },
		{ "NetworkMode", "Networ\xe2\x84\xaaMode" },
		{ "NetworkMode", "Networ\\u212amode" },
		{ "S", "\xc5\xbf" },
		{ "K", "\\u212A" },
		{ "\xc5\xbf", "\\u017f" },
		{ "", "" },
		{ "\xf0\x9f\x98\x80", "\\ud83d\\ude00" },
		{ "a/b", "a\\/b" },
		{ "a\\nb", "a\\u000ab" },
		{ "\xc3\xa9", "\\u00E9" },
	};
	struct jsontext_error error;
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		for (int swap = 0; swap < 2; swap++) {
			snprintf(text, sizeof(text), "{\"%s\":1,\n\"z\":[{}],\"%s\":2}",
				pairs[i][swap], pairs[i][!swap]);
			assert_int_equal(check(text, &error), -1);
			assert_int_equal(error.line, 2);
			assert_int_equal(error.column, 10);
			if (strstr(error.what, "duplicate key") == NULL ||
				strstr(error.what, "the first is at 1:2") == NULL)
				fail_msg("%s: %s", text, error.what);
		}
}

static void keeps_different_keys_apart(void **state)
{
	/* U+00E9 and U+00C9 fold only in Unicode, which no decoder of ours does. */
	static const char *const pairs[][2] = { { "a", "ab" }, { "ab", "a" }, { "a", "\\u00e9" },
		{ "\xc3\xa9", "\xc3\x89" }, { "a-b", "a_b" }, { "@", "`" }, { "[", "{" },
		{ "", " " }, { "s", "\\u015f" }, { "\\\"", "\\\\" } };
	struct jsontext_error error;
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		snprintf(text, sizeof(text), "{\"%s\":1,\"%s\":2}", pairs[i][0], pairs[i][1]);
		if (check(text, &error) < 0)
			fail_msg("%s: %s", text, error.what);
	}
}

static void shows_long_duplicates_cut_at_a_character(void **state)
{
	struct jsontext_error error;
	char text[400] = "{\"x", *p = text + 3;

	(void)state;
	for (int key = 0; key < 2; key++) {
		for (int i = 0; i < 40; i++)
			p = stpcpy(p, "\xe2\x82\xac");
		p = stpcpy(p, key == 0 ? "\":1,\"x" : "\":1}");
	}
	assert_int_equal(check(text, &error), -1);
	assert_non_null(strstr(error.what, "duplicate key \"x\xe2\x82\xac"));
	assert_non_null(strstr(error.what, "\xe2\x82\xac\", the first"));
}

static void counts_depth_members_and_bytes(void **state)
{
	const struct jsontext_limits limits = { 200, 3, 4 };
	struct jsontext_error error;
	char text[201];

	(void)state;
	assert_int_equal(check_bytes("[[[1]]]", 7, &limits, &error), 0);
	assert_int_equal(check_bytes("[{\"a\":[1]}]", 11, &limits, &error), 0);
	assert_int_equal(check_bytes("[[[[1]]]]", 9, &limits, &error), -1);
	assert_int_equal(error.column, 4);
	assert_int_equal(check_bytes("[[],[],[],[],[]]", 16, &limits, &error), 0);
	assert_int_equal(check_bytes("{\"a\":1,\"b\":1,\"c\":1,\"d\":1}", 25, &limits, &error), 0);
	assert_int_equal(
		check_bytes("{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}", 31, &limits, &error), -1);
	assert_int_equal(error.column, 26);
	/* Two objects are two counts, also one in another. */
	assert_int_equal(check_bytes("{\"a\":{\"a\":1,\"b\":1,\"c\":1},\"b\":1,\"c\":1}", 37,
				 &limits, &error),
		0);
	memset(text, ' ', sizeof(text));
	text[0] = '1';
	assert_int_equal(check_bytes(text, 200, &limits, &error), 0);
	assert_int_equal(check_bytes(text, 201, &limits, &error), -1);
}

static void survives_a_million_brackets(void **state)
{
	size_t length = jsontext_config_limits.bytes;
	own_mem char *text = malloc(length);
	struct jsontext_error error;

	(void)state;
	assert_non_null(text);
	memset(text, '[', length);
	assert_int_equal(check_bytes(text, length, &jsontext_config_limits, &error), -1);
	assert_int_equal(error.column, 17);
}

static void finds_a_duplicate_among_many(void **state)
{
	own_mem char *text = malloc(64 * 1024);
	struct jsontext_error error;
	char *p;

	(void)state;
	assert_non_null(text);
	for (int last = 0; last < 2; last++) {
		p = stpcpy(text, "{");
		for (int i = 0; i < 1023; i++)
			p += sprintf(p, "\"key%d\":{\"key%d\":1},", i, i);
		sprintf(p, "\"KEY%d\":1}", last == 0 ? 5000 : 77);
		assert_int_equal(check(text, &error), last == 0 ? 0 : -1);
	}
	assert_non_null(strstr(error.what, "duplicate key \"KEY77\""));
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* What passes is JSON to cJSON too, and nothing can be put behind it. */
static void agrees_with_cjson_on_junk(void **state)
{
	static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"a\"", "\"A\"",
		"\"b\"", "1", "-", "0", "1.5e3", "true", "null", " ", "\n", "\"", "\\u0041",
		"\xc3\xa9", "\xff", "x", "/" };
	uint32_t seed = 7;
	unsigned accepted = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		struct jsontext_error error;
		char text[128] = "", *p = text;
		cJSON *json;
		unsigned n = 1 + random_next(&seed) % 9;

		for (unsigned i = 0; i < n; i++)
			p = stpcpy(p, pieces[random_next(&seed) % ARRAY_LEN(pieces)]);
		if (check(text, &error) < 0) {
			assert_in_range(error.line, 1, 20);
			assert_in_range(strlen(error.what), 1, sizeof(error.what) - 1);
			continue;
		}
		accepted++;
		json = cJSON_ParseWithOpts(text, NULL, true);
		if (json == NULL)
			fail_msg("cJSON does not read %s", text);
		cJSON_Delete(json);
		strcpy(p, "}");
		assert_int_equal(check(text, &error), -1);
		strcpy(p, " ,");
		assert_int_equal(check(text, &error), -1);
		strcpy(p, " null");
		assert_int_equal(check(text, &error), -1);
	}
	assert_true(accepted > 1000);
}

static void refuses_every_prefix(void **state)
{
	static const char text[] =
		"{\"a\\u00e9\":[1.5e2,\"\xe2\x82\xac\\ud83d\\ude00\",true,null,{}],\"b\":-7}";
	struct jsontext_error error;

	(void)state;
	assert_int_equal(check(text, &error), 0);
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(check_bytes(text, n, &jsontext_config_limits, &error), -1);
}

static void reads_numbers_that_cjson_holds(void **state)
{
	struct jsontext_error error;
	char text[80];

	(void)state;
	memset(text, '9', sizeof(text));
	text[63] = '\0';
	assert_int_equal(check(text, &error), 0);
	text[63] = '9';
	text[64] = '\0';
	assert_int_equal(check(text, &error), -1);
	assert_int_equal(error.column, 1);
	assert_int_equal(check("1e200", &error), 0);
	assert_int_equal(check("1e-200", &error), 0);
}

static void assert_at(const char *text, const char *const path[], unsigned line, unsigned column)
{
	size_t length = strlen(text);
	own_mem char *copy = malloc(length);
	unsigned got_line = 0, got_column = 0;

	assert_non_null(copy);
	memcpy(copy, text, length);
	assert_true(jsonplace_find(copy, length, path, &got_line, &got_column));
	assert_int_equal(got_line, line);
	assert_int_equal(got_column, column);
}

static void locates_keys(void **state)
{
	static const char text[] =
		"{\n  \"a\": [1, {\"b\": 2}, \"}\\\"\"],\n  \"\xc3\xa9\": 3, \"b\": {\n"
		"    \"c\" : \"x,y\", \"\\u0064\": {\"e\":{}} }, \"f\":-1.5e3}";
	unsigned line, column;

	(void)state;
	assert_at(text, (const char *const[]){ "a", NULL }, 2, 3);
	assert_at(text, (const char *const[]){ "\xc3\xa9", NULL }, 3, 3);
	assert_at(text, (const char *const[]){ "b", NULL }, 3, 11);
	assert_at(text, (const char *const[]){ "b", "c", NULL }, 4, 5);
	assert_at(text, (const char *const[]){ "b", "d", NULL }, 4, 18);
	assert_at(text, (const char *const[]){ "b", "d", "e", NULL }, 4, 29);
	assert_at(text, (const char *const[]){ "f", NULL }, 4, 40);

	static const char *const absent[][4] = { { "c", NULL }, { "A", NULL }, { "a", "b", NULL },
		{ "f", "x", NULL }, { "", NULL }, { "bb", NULL }, { "b", "d", "f", NULL },
		{ NULL } };
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		assert_false(jsonplace_find(text, strlen(text), absent[i], &line, &column));
	assert_false(jsonplace_find("[1]", 3, absent[0], &line, &column));
	assert_false(jsonplace_find("{}", 2, absent[0], &line, &column));
	assert_false(jsonplace_find("\"c\"", 3, absent[0], &line, &column));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_json),
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(refuses_nul_bytes),
		cmocka_unit_test(finds_folded_duplicates),
		cmocka_unit_test(keeps_different_keys_apart),
		cmocka_unit_test(shows_long_duplicates_cut_at_a_character),
		cmocka_unit_test(counts_depth_members_and_bytes),
		cmocka_unit_test(survives_a_million_brackets),
		cmocka_unit_test(finds_a_duplicate_among_many),
		cmocka_unit_test(agrees_with_cjson_on_junk),
		cmocka_unit_test(refuses_every_prefix),
		cmocka_unit_test(reads_numbers_that_cjson_holds),
		cmocka_unit_test(locates_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
