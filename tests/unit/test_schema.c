#include "sandbox/docker/schema.h"

#include "sandbox/docker/query.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int check_no_x(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	if (strcmp(value->valuestring, "x") != 0)
		return 0;
	return refuse(r, 403, "%s is x", field->name);
}

static cJSON *make_forced(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateString("forced");
}

static cJSON *make_null(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateNull();
}

static cJSON *make_none(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return NULL; /* as if memory were out */
}

#define ROW(name, kind, rule, sub, check, make)                                                    \
	{                                                                                          \
		name, kind, rule, sub, check, make, NULL, "reason of " name                        \
	}

static const struct field inner_fields[] = {
	ROW("a", KIND_INT, RULE_ALLOW, NULL, NULL, NULL),
	ROW("f", KIND_STRING, RULE_FORCE, NULL, NULL, make_forced),
	{ 0 },
};
static const struct schema inner = { "inner", inner_fields };

static const struct field fields[] = {
	ROW("bool", KIND_BOOL, RULE_ALLOW, NULL, NULL, NULL),
	ROW("int", KIND_INT, RULE_ALLOW, NULL, NULL, NULL),
	ROW("string", KIND_STRING, RULE_ALLOW, NULL, check_no_x, NULL),
	ROW("strings", KIND_STRINGS, RULE_ALLOW, NULL, NULL, NULL),
	ROW("words", KIND_WORDS, RULE_ALLOW, NULL, NULL, NULL),
	ROW("map", KIND_MAP, RULE_ALLOW, NULL, NULL, NULL),
	ROW("set", KIND_SET, RULE_ALLOW, NULL, NULL, NULL),
	ROW("object", KIND_OBJECT, RULE_ALLOW, &inner, NULL, NULL),
	ROW("objects", KIND_OBJECTS, RULE_ALLOW, &inner, NULL, NULL),
	ROW("table", KIND_TABLE, RULE_ALLOW, &inner, NULL, NULL),
	ROW("filter", KIND_FILTER, RULE_ALLOW, NULL, NULL, NULL),
	ROW("refuse", KIND_ANY, RULE_REFUSE, NULL, NULL, NULL),
	ROW("except", KIND_STRING, RULE_REFUSE, NULL, check_no_x, NULL),
	ROW("drop", KIND_ANY, RULE_DROP, NULL, NULL, NULL),
	ROW("away", KIND_ANY, RULE_FORCE, NULL, NULL, make_null),
	{ 0 },
};
static const struct schema plain = { "plain", fields };

static const struct field forced_fields[] = {
	ROW("required", KIND_STRING, RULE_REQUIRE, NULL, NULL, NULL),
	ROW("checked", KIND_STRING, RULE_FORCE, NULL, check_no_x, make_forced),
	ROW("object", KIND_OBJECT, RULE_FORCE, &inner, NULL, NULL),
	{ 0 },
};
static const struct schema forced = { "forced", forced_fields };

static const struct field memory_fields[] = {
	ROW("none", KIND_ANY, RULE_FORCE, NULL, NULL, make_none),
	{ 0 },
};
static const struct schema memory = { "memory", memory_fields };

static void applies_rules(void **state)
{
	static const struct {
		const struct schema *schema;
		const char *json, *expected; /* NULL: refused */
	} rows[] = {
		{ &plain, "{}", "{}" },
		{ &plain, "{\"bool\":true}", "{\"bool\":true}" },
		{ &plain, "{\"bool\":1}", NULL },
		{ &plain, "{\"bool\":\"true\"}", NULL },
		{ &plain, "{\"bool\":null}", "{}" },
		{ &plain, "{\"int\":999999999999999}", "{\"int\":999999999999999}" },
		{ &plain, "{\"int\":-5}", "{\"int\":-5}" },
		{ &plain, "{\"int\":1000000000000000}", NULL },
		{ &plain, "{\"int\":1.5}", NULL },
		{ &plain, "{\"int\":1e200}", NULL },
		{ &plain, "{\"string\":\"a\"}", "{\"string\":\"a\"}" },
		{ &plain, "{\"string\":\"x\"}", NULL },
		{ &plain, "{\"string\":[]}", NULL },
		{ &plain, "{\"strings\":[\"a\",\"b\"]}", "{\"strings\":[\"a\",\"b\"]}" },
		{ &plain, "{\"strings\":[null]}", NULL },
		{ &plain, "{\"strings\":{}}", NULL },
		{ &plain, "{\"words\":\"a\"}", "{\"words\":\"a\"}" },
		{ &plain, "{\"words\":[\"a\"]}", "{\"words\":[\"a\"]}" },
		{ &plain, "{\"map\":{\"a\":\"b\",\"c\":null}}",
			"{\"map\":{\"a\":\"b\",\"c\":\"\"}}" },
		{ &plain, "{\"map\":[]}", NULL },
		{ &plain, "{\"map\":{\"a\":1}}", NULL },
		{ &plain, "{\"set\":{\"a\":{},\"b\":null}}", "{\"set\":{\"a\":{},\"b\":{}}}" },
		{ &plain, "{\"set\":{\"a\":{\"b\":1}}}", NULL },
		{ &plain, "{\"set\":{\"a\":[]}}", NULL },
		{ &plain, "{\"object\":{\"a\":1,\"f\":\"mine\"}}",
			"{\"object\":{\"a\":1,\"f\":\"forced\"}}" },
		{ &plain, "{\"object\":{\"b\":1}}", NULL },
		{ &plain, "{\"object\":[]}", NULL },
		{ &plain, "{\"objects\":[{}]}", "{\"objects\":[{\"f\":\"forced\"}]}" },
		{ &plain, "{\"objects\":[[]]}", NULL },
		{ &plain, "{\"objects\":{}}", NULL },
		{ &plain, "{\"table\":{\"k\":{}}}", "{\"table\":{\"k\":{\"f\":\"forced\"}}}" },
		{ &plain, "{\"table\":{\"k\":1}}", NULL },
		{ &plain, "{\"filter\":[\"a\",\"a\"]}", "{\"filter\":{\"a\":true}}" },
		{ &plain, "{\"filter\":{\"a\":false}}", "{\"filter\":{\"a\":true}}" },
		{ &plain, "{\"filter\":{\"a\":1}}", NULL },
		{ &plain, "{\"filter\":\"a\"}", NULL },
		{ &plain, "{\"refuse\":0,\"drop\":[1]}", "{}" },
		{ &plain, "{\"refuse\":\"\"}", "{}" },
		{ &plain, "{\"refuse\":[]}", "{}" },
		{ &plain, "{\"refuse\":{\"a\":{\"b\":null,\"c\":0}}}", "{}" },
		{ &plain, "{\"refuse\":{\"a\":{\"b\":1}}}", NULL },
		{ &plain, "{\"refuse\":[0]}", NULL },
		{ &plain, "{\"refuse\":-1}", NULL },
		{ &plain, "{\"refuse\":true}", NULL },
		{ &plain, "{\"except\":\"y\"}", "{}" },
		{ &plain, "{\"except\":\"x\"}", NULL },
		{ &plain, "{\"except\":1}", NULL },
		{ &plain, "{\"away\":1}", "{}" },
		{ &plain, "{\"unknown\":0}", NULL },
		{ &plain, "{\"unknown\":null}", "{}" },
		{ &plain, "{\"Bool\":true}", NULL },
		{ &plain, "{\"boo\\u006c\":true}", "{\"bool\":true}" },
		{ &plain, "[]", NULL },
		{ &plain, "null", NULL },
		{ &forced, "{}", NULL },
		{ &forced, "{\"required\":null}", NULL },
		{ &forced, "{\"required\":\"\"}",
			"{\"required\":\"\",\"checked\":\"forced\",\"object\":{\"f\":\"forced\"}}" },
		{ &forced, "{\"required\":\"\",\"checked\":\"x\"}", NULL },
		{ &forced, "{\"required\":\"\",\"checked\":1}", NULL },
		{ &forced, "{\"required\":\"\",\"checked\":\"y\",\"object\":null}",
			"{\"required\":\"\",\"checked\":\"forced\",\"object\":{\"f\":\"forced\"}}" },
		{ &forced, "{\"required\":\"\",\"object\":0}", NULL },
		{ &memory, "{}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct schema_run run = { .policy = NULL };
		struct refusal r = { .reason = "" };
		cJSON *given = NULL, *made = NULL;
		own_mem char *text = NULL;
		int result;

		if (schema_parse(
			    (struct span){ rows[i].json, strlen(rows[i].json) }, 1, &given, &r) < 0)
			fail_msg("%s: not read: %s", rows[i].json, r.reason);
		result = schema_apply(rows[i].schema, given, &run, &made, &r);
		cJSON_Delete(given);
		if (result < 0 && rows[i].expected != NULL)
			fail_msg("%s: refused: %s", rows[i].json, r.reason);
		text = result == 0 ? cJSON_PrintUnformatted(made) : NULL;
		if (result == 0)
			cJSON_Delete(made);
		if (result == 0 && rows[i].expected == NULL)
			fail_msg("%s: expected a refusal, got %s", rows[i].json, text);
		if (result == 0 && strcmp(text, rows[i].expected) != 0)
			fail_msg("%s: expected %s, got %s", rows[i].json, rows[i].expected, text);
		if (result < 0 && r.reason[0] == '\0')
			fail_msg("%s: refused without a reason", rows[i].json);
	}
}

static void reads_json_strictly(void **state)
{
	static const struct {
		const char *json;
		unsigned kib;
		int status; /* 0: read */
	} rows[] = {
		{ "{}", 1, 0 },
		{ "", 1, 400 },
		{ "{} {}", 1, 400 },
		{ "{\"a\":1,\"A\":1}", 1, 400 },
		{ "{\"k\":1,\"\xe2\x84\xaa\":1}", 1, 400 },
		{ "\xef\xbb\xbf{}", 1, 400 },
		{ "{\"a\":1,}", 1, 400 },
		{ "{\"\xff\":1}", 1, 400 },
		{ "{} ", 0, 413 },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 1, 400 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct refusal r = { .status = 0 };
		cJSON *tree = NULL;
		int result = schema_parse((struct span){ rows[i].json, strlen(rows[i].json) },
			rows[i].kib, &tree, &r);

		cJSON_Delete(tree);
		if ((result == 0 ? 0 : r.status) != rows[i].status)
			fail_msg("%s: expected %d, got %d %s", rows[i].json, rows[i].status,
				r.status, r.reason);
	}
}

static void names_all(void **state)
{
	(void)state;
	for (enum rule rule = RULE_REQUIRE; rule <= RULE_REFUSE; rule++)
		assert_non_null(rule_name(rule));
	for (enum kind kind = KIND_BOOL; kind <= KIND_ANY; kind++)
		assert_non_null(kind_name(kind));
	for (enum query_kind kind = QUERY_BOOL; kind <= QUERY_FIRST; kind++)
		assert_non_null(query_kind_name(kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applies_rules),
		cmocka_unit_test(reads_json_strictly),
		cmocka_unit_test(names_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
