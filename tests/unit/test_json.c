#include "sandbox/base/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static cJSON *sample(void)
{
	cJSON *tree =
		cJSON_Parse("{\"text\": \"a\", \"empty\": \"\", \"number\": 1.5, \"whole\": 7, "
			    "\"below\": -7, \"most\": 9007199254740992, \"more\": 1e17, "
			    "\"object\": {\"text\": \"b\"}, \"array\": [1], \"null\": null}");

	assert_non_null(tree);
	return tree;
}

static void a_text_is_a_string(void **state)
{
	static const char *const none[] = { "number", "object", "array", "null", "Text", "absent" };
	own_json cJSON *tree = sample();

	(void)state;
	assert_string_equal(json_text(tree, "text"), "a");
	assert_string_equal(json_text_or(tree, "text", "none"), "a");
	assert_string_equal(json_text_or(tree, "empty", "none"), "");
	assert_string_equal(json_text(json_member(tree, "object"), "text"), "b");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_string_equal(json_text(tree, none[i]), "");
		assert_string_equal(json_text_or(tree, none[i], "none"), "none");
		assert_null(json_text_or(tree, none[i], NULL));
	}
}

static void a_number_is_a_number(void **state)
{
	own_json cJSON *tree = sample();

	(void)state;
	assert_true(json_number(tree, "number", -1) == 1.5);
	assert_true(json_number(tree, "below", -1) == -7);
	assert_true(json_number(tree, "text", -1) == -1);
	assert_true(json_number(tree, "absent", -1) == -1);
	assert_true(json_integer(tree, "whole") == 7);
	assert_true(json_integer(tree, "number") == 1);
	assert_true(json_integer(tree, "most") == UINT64_C(1) << 53);
	assert_true(json_integer(tree, "more") == 0);
	assert_true(json_integer(tree, "below") == 0);
	assert_true(json_integer(tree, "text") == 0);
}

static void a_walk_needs_no_check(void **state)
{
	own_json cJSON *tree = sample();

	(void)state;
	assert_null(json_member(NULL, "text"));
	assert_null(json_member(json_member(json_member(tree, "absent"), "text"), "text"));
	assert_null(json_member(json_member(tree, "text"), "text"));
	assert_string_equal(json_text(NULL, "text"), "");
	assert_true(json_integer(NULL, "text") == 0);
}

/* Under the address sanitizer: what is left would be found. */
static void what_is_owned_ends(void **state)
{
	(void)state;
	errno = EBADF;
	{
		own_json cJSON *tree = sample();
		own_json cJSON *nothing = NULL;
		own_json_secret cJSON *secret = sample();
		own_json_secret cJSON *no_secret = NULL;

		assert_true(tree != NULL && nothing == NULL && secret != NULL && no_secret == NULL);
		errno = EBADF;
	}
	assert_int_equal(errno, EBADF);
}

/* What ends with the tree is not the words, which are here the test's own. */
static void a_secret_is_overwritten(void **state)
{
	char password[] = "password", deeper[] = "deeper";

	(void)state;
	{
		own_json_secret cJSON *tree = cJSON_CreateObject();
		cJSON *array = cJSON_AddArrayToObject(tree, "array");

		cJSON_AddItemToObject(tree, "password", cJSON_CreateStringReference(password));
		cJSON_AddItemToArray(array, cJSON_CreateStringReference(deeper));
	}
	for (size_t i = 0; i < sizeof(password); i++)
		assert_int_equal(password[i], 0);
	for (size_t i = 0; i < sizeof(deeper); i++)
		assert_int_equal(deeper[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_a_string),
		cmocka_unit_test(a_number_is_a_number),
		cmocka_unit_test(a_walk_needs_no_check),
		cmocka_unit_test(what_is_owned_ends),
		cmocka_unit_test(a_secret_is_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
