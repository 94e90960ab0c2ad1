/* Protocol buffers: the same tree there and back, and nothing that two readers could take
 * for different things. */
#include "sandbox/docker/proto.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct proto_field inner_fields[] = {
	{ 1, "word", PROTO_STRING, PROTO_ONE, NULL },
	{ 0 },
};
static const struct proto_message inner = { "Inner", inner_fields };

static const struct proto_field fields[] = {
	{ 1, "flag", PROTO_BOOL, PROTO_ONE, NULL },
	{ 2, "number", PROTO_INT, PROTO_ONE, NULL },
	{ 3, "word", PROTO_STRING, PROTO_ONE, NULL },
	{ 4, "bytes", PROTO_BYTES, PROTO_ONE, NULL },
	{ 5, "one", PROTO_MESSAGE, PROTO_ONE, &inner },
	{ 6, "words", PROTO_STRING, PROTO_MANY, NULL },
	{ 7, "map", PROTO_STRING, PROTO_MAP, NULL },
	{ 8, "table", PROTO_MESSAGE, PROTO_MAP, &inner },
	{ 9, "left", PROTO_SKIP, PROTO_ONE, NULL },
	{ 0 },
};
static const struct proto_message message = { "Message", fields };

static cJSON *read_bytes(
	const char *bytes, size_t n, enum proto_strictness strictness, struct refusal *r)
{
	own_mem char *exact = malloc(n + (n == 0)); /* ASan sees a byte too far */
	cJSON *tree = NULL;

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	*r = (struct refusal){ 0 };
	return proto_read(&message, (struct span){ exact, n }, strictness, &tree, r) == 0 ? tree
											  : NULL;
}
#define READ(literal, r) read_bytes(literal, sizeof(literal) - 1, PROTO_STRICT, r)

static void reads_and_writes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *tree;
	} rows[] = {
#define ROW(literal, tree) { literal, sizeof(literal) - 1, tree }
		ROW("", "{}"),
		ROW("\x08\x01", "{\"flag\":true}"),
		ROW("\x10\x96\x01", "{\"number\":150}"),
		ROW("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "{\"number\":-1}"),
		ROW("\x1a\x03"
		    "abc",
			"{\"word\":\"abc\"}"),
		ROW("\x1a\x02"
		    "\xc3\xa9",
			"{\"word\":\"\xc3\xa9\"}"),
		ROW("\x22\x04"
		    "\0\xff"
		    "ab",
			"{\"bytes\":\"AP9hYg==\"}"),
		ROW("\x22\x01"
		    "\0",
			"{\"bytes\":\"AA==\"}"),
		ROW("\x2a\x00", "{\"one\":{}}"),
		ROW("\x2a\x03\x0a\x01"
		    "x",
			"{\"one\":{\"word\":\"x\"}}"),
		ROW("\x32\x01"
		    "a\x32\x01"
		    "b",
			"{\"words\":[\"a\",\"b\"]}"),
		ROW("\x3a\x06\x0a\x01"
		    "k\x12\x01"
		    "v",
			"{\"map\":{\"k\":\"v\"}}"),
		ROW("\x42\x08\x0a\x01"
		    "k\x12\x03\x0a\x01"
		    "x",
			"{\"table\":{\"k\":{\"word\":\"x\"}}}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_text struct text out = { 0 };
		struct refusal r;
		cJSON *tree = read_bytes(rows[i].bytes, rows[i].n, PROTO_STRICT, &r);
		own_mem char *shown = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;

		if (shown == NULL || strcmp(shown, rows[i].tree) != 0)
			fail_msg(
				"row %zu: %s (%s)", i, shown != NULL ? shown : "refused", r.reason);
		assert_int_equal(proto_write(&message, tree, &out), 0);
		assert_int_equal(out.n, rows[i].n);
		if (out.n > 0)
			assert_memory_equal(out.s, rows[i].bytes, out.n);
		cJSON_Delete(tree);
	}
}

/* Half of a map's entry is its zero. */
static void fills_entries(void **state)
{
	struct refusal r;
	cJSON *tree = READ("\x3a\x03\x0a\x01"
			   "k",
		&r);
	own_mem char *shown = cJSON_PrintUnformatted(tree);

	(void)state;
	assert_string_equal(shown, "{\"map\":{\"k\":\"\"}}");
	cJSON_Delete(tree);
}

static void refuses(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *why;
	} rows[] = {
		ROW("\x08", "does not end"),
		ROW("\x08\x02", "neither 0 nor 1"),
		ROW("\x08\x01\x08\x01", "twice"),
		ROW("\x10\x80\x00", "longer than it need be"),
		ROW("\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "64 bits"),
		ROW("\x10\x80\x80\x9a\xa6\xea\xaf\xe3\x01", "15 digits"),
		ROW("\x12\x01\x01", "not of its type"),
		ROW("\x1a\x04"
		    "abc",
			"longer than its message"),
		ROW("\x1a\x02"
		    "a\0",
			"NUL"),
		ROW("\x1a\x01\xff", "UTF-8"),
		ROW("\x1a\x01"
		    "a\x1a\x01"
		    "b",
			"twice"),
		ROW("\x2a\x00\x2a\x00", "twice"),
		ROW("\x2b\x2c", "not of its type"),
		ROW("\x3a\x06\x0a\x01"
		    "k\x12\x01"
		    "v\x3a\x06\x0a\x01"
		    "k\x12\x01"
		    "w",
			"twice"),
		ROW("\x3a\x09\x0a\x01"
		    "k\x12\x01"
		    "v\x12\x01"
		    "w",
			"more than key and value"),
		ROW("\x3a\x02\x18\x01", "more than key and value"),
		ROW("\x52\x01"
		    "x",
			"field 10 is not known"),
		ROW("\x00\x01", "field number"),
		ROW("\x53", "field 10 is not known"),
		ROW("\x4a\x05"
		    "ab",
			"longer than its message"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct refusal r;
		cJSON *tree = read_bytes(rows[i].bytes, rows[i].n, PROTO_STRICT, &r);

		if (tree != NULL || strstr(r.reason, rows[i].why) == NULL)
			fail_msg("row %zu: expected \"%s\", got \"%s\"", i, rows[i].why,
				tree != NULL ? "a tree" : r.reason);
		assert_true(r.status == 400 || r.status == 403);
	}
}

static void leaves_away(void **state)
{
	struct refusal r;
	cJSON *tree = READ("\x4a\x02\xff\xff\x08\x01", &r);
	own_mem char *shown = cJSON_PrintUnformatted(tree);

	(void)state;
	assert_string_equal(shown, "{\"flag\":true}"); /* what is skipped is not looked into */
	cJSON_Delete(tree);
	static const char unknown[] = "\x50\x01\x59"
				      "12345678"
				      "\x5d"
				      "1234"
				      "\x08\x01";
	tree = read_bytes(unknown, sizeof(unknown) - 1, PROTO_LENIENT, &r);
	assert_non_null(tree);
	assert_int_equal(cJSON_GetArraySize(tree), 1);
	cJSON_Delete(tree);
	assert_null(read_bytes("\x53\x08\x01", 3, PROTO_LENIENT, &r)); /* a group */
}

static void counts_items(void **state)
{
	own_text struct text many = { 0 };
	struct refusal r;

	(void)state;
	for (int i = 0; i <= PROTO_ITEMS; i++)
		text_add(&many,
			"\x32\x01"
			"a",
			3);
	assert_null(read_bytes(many.s, many.n, PROTO_STRICT, &r));
	assert_int_equal(r.status, 413);
}

static void writes_only_what_has_a_row(void **state)
{
	static const char *const trees[] = { "{\"other\":1}", "{\"flag\":\"x\"}",
		"{\"words\":\"x\"}", "{\"map\":[]}", "{\"left\":\"x\"}", "{\"one\":1}", "[]" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
		own_text struct text out = { 0 };
		cJSON *tree = cJSON_Parse(trees[i]);

		assert_int_equal(proto_write(&message, tree, &out), -1);
		cJSON_Delete(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(fills_entries),
		cmocka_unit_test(refuses),
		cmocka_unit_test(leaves_away),
		cmocka_unit_test(counts_items),
		cmocka_unit_test(writes_only_what_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
