/* What becomes of a file's bytes by its attributes: keywords and encodings, without a repository. */
#include "sandbox/base/own.h"
#include "sandbox/fetch/encoding.h"
#include "sandbox/fetch/keyword.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void keywords_are_expanded(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "$", "$" },
		{ "$Id", "$Id" },
		{ "$Id$", "$Id: abc $" },
		{ "$Id$$Id$", "$Id: abc $$Id: abc $" },
		{ "$Id: old $", "$Id: abc $" },
		{ "$Id:$", "$Id: abc $" },
		{ "$Id: a foreign one $", "$Id: a foreign one $" },
		{ "$Id: not\n closed $", "$Id: not\n closed $" },
		{ "$Id: not closed", "$Id: not closed" },
		{ "$Idx$ $id$", "$Idx$ $id$" },
		{ "$$Id$", "$$Id: abc $" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t length = 77;
		own_mem char *got =
			keyword_expand(rows[i].text, strlen(rows[i].text), "abc", &length);

		assert_non_null(got);
		if (length != strlen(rows[i].want) || memcmp(got, rows[i].want, length) != 0)
			fail_msg("'%s' became '%.*s'", rows[i].text, (int)length, got);
	}
}

static void text_is_encoded(void **state)
{
	static const struct {
		const char *name, *text, *want;
		size_t length;
	} rows[] = {
		{ "UTF-16LE", "a\n", "a\0\n\0", 4 },
		{ "UTF-16BE", "a", "\0a", 2 },
		{ "UTF-16LE-BOM", "a",
			"\xff\xfe"
			"a\0",
			4 },
		{ "utf-16be-bom", "a", "\xfe\xff\0a", 4 },
		{ "ISO-8859-1", "\xc3\xbc", "\xfc", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t length = 77;
		own_mem char *got =
			encoding_convert(rows[i].name, rows[i].text, strlen(rows[i].text), &length);

		assert_non_null(got);
		assert_int_equal(length, rows[i].length);
		assert_memory_equal(got, rows[i].want, length);
	}
}

static void what_cannot_be_encoded_is_left(void **state)
{
	size_t length;

	(void)state;
	assert_null(encoding_convert("ISO-8859-1", "\xe2\x82\xac", 3, &length));
	assert_null(encoding_convert("UTF-16LE", "\xff", 1, &length));
	assert_null(encoding_convert("NO-SUCH", "a", 1, &length));
}

static void names_lead_to_no_file(void **state)
{
	static const char *const bad[] = { "", "UTF-8", "utf8", "a/b", "../x", "UTF-16//TRANSLIT",
		"UTF-16,x", "a b", "\xc3\xbc" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (encoding_is_named(bad[i]))
			fail_msg("'%s' is a name", bad[i]);
	assert_true(encoding_is_named("UTF-16LE-BOM"));
	assert_true(encoding_is_named("ISO_8859-1:1987"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keywords_are_expanded),
		cmocka_unit_test(text_is_encoded),
		cmocka_unit_test(what_cannot_be_encoded_is_left),
		cmocka_unit_test(names_lead_to_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
