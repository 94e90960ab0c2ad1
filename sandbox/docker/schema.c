/* One field after the other, in the order of the rows. A refusal names "schema.field". */
#include "sandbox/docker/schema.h"

#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"

#include <stdint.h>
#include <string.h>

#define INT_LIMIT   1e15 /* whole numbers below it are printed digit by digit */
#define DEPTH_MAX   32
#define MEMBERS_MAX 2048

const char *rule_name(enum rule rule)
{
	static const char *const names[] = {
		[RULE_REQUIRE] = "require",
		[RULE_ALLOW] = "allow",
		[RULE_FORCE] = "force",
		[RULE_DROP] = "drop",
		[RULE_REFUSE] = "refuse",
	};

	return names[rule];
}

const char *kind_name(enum kind kind)
{
	static const char *const names[] = {
		[KIND_BOOL] = "boolean",
		[KIND_INT] = "integer",
		[KIND_STRING] = "string",
		[KIND_STRINGS] = "array of strings",
		[KIND_WORDS] = "string or array of strings",
		[KIND_MAP] = "object of strings",
		[KIND_SET] = "object of empty objects",
		[KIND_OBJECT] = "object",
		[KIND_OBJECTS] = "array of objects",
		[KIND_TABLE] = "object of objects",
		[KIND_FILTER] = "array of strings or object of booleans",
		[KIND_ANY] = "anything",
	};

	return names[kind];
}

/* Where a value stands, for refusals. */
struct place {
	const struct schema *schema;
	const struct field *field;
};

static int wrong_kind(const struct place *at, struct refusal *r)
{
	return refuse(r, 400, "%s.%s: not of the kind: %s", at->schema->name, at->field->name,
		kind_name(at->field->kind));
}

static bool is_zero(const cJSON *value)
{
	const cJSON *item;

	if (value == NULL || cJSON_IsNull(value) || cJSON_IsFalse(value))
		return true;
	if (cJSON_IsNumber(value))
		return value->valuedouble >= 0 && value->valuedouble <= 0;
	if (cJSON_IsString(value))
		return value->valuestring[0] == '\0';
	if (cJSON_IsArray(value))
		return value->child == NULL;
	if (!cJSON_IsObject(value))
		return false;
	cJSON_ArrayForEach(item, value)
	{
		if (!is_zero(item))
			return false;
	}
	return true;
}

int schema_claim(struct schema_run *run, struct claim claim, struct refusal *r)
{
	if (run->claims_n == CLAIMS_MAX)
		return refuse(
			r, 403, "more than %d volumes and networks in one request", CLAIMS_MAX);
	run->claims[run->claims_n++] = claim;
	return 0;
}

/* ---- values, each built anew ---- */

typedef int (*builder)(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r);

static int give(cJSON *value, cJSON **ret, struct refusal *r)
{
	if (value == NULL)
		return refuse_memory(r);
	*ret = value;
	return 0;
}

static int build_bool(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	(void)run;
	if (!cJSON_IsBool(given))
		return wrong_kind(at, r);
	return give(cJSON_CreateBool(cJSON_IsTrue(given)), ret, r);
}

static int build_int(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	double number = cJSON_IsNumber(given) ? given->valuedouble : INT_LIMIT;

	if (number >= INT_LIMIT || number <= -INT_LIMIT || (double)(int64_t)number != number)
		return wrong_kind(at, r);
	(void)run;
	return give(cJSON_CreateNumber(number), ret, r);
}

static int build_string(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	(void)run;
	if (!cJSON_IsString(given))
		return wrong_kind(at, r);
	return give(cJSON_CreateString(given->valuestring), ret, r);
}

static int build_set_item(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	(void)run;
	if (!cJSON_IsNull(given) && !(cJSON_IsObject(given) && given->child == NULL))
		return wrong_kind(at, r);
	return give(cJSON_CreateObject(), ret, r);
}

static int build_map_item(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	if (cJSON_IsNull(given))
		return give(cJSON_CreateString(""), ret, r);
	return build_string(at, given, run, ret, r);
}

static int build_filter_item(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	(void)run;
	if (!cJSON_IsBool(given))
		return wrong_kind(at, r);
	/* The engine looks at the keys alone. */
	return give(cJSON_CreateTrue(), ret, r);
}

static int build_object(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	if (!cJSON_IsObject(given))
		return wrong_kind(at, r);
	return schema_apply(at->field->sub, given, run, ret, r);
}

static int add_item(cJSON *into, const char *key, cJSON *item, struct refusal *r)
{
	if (cJSON_IsArray(into) ? cJSON_AddItemToArray(into, item)
				: cJSON_AddItemToObject(into, key, item))
		return 0;
	cJSON_Delete(item);
	return refuse_memory(r);
}

/* An array or an object whose items are all of one kind. */
static int build_items(const struct place *at, const cJSON *given, builder build_item,
	struct schema_run *run, cJSON **ret, struct refusal *r)
{
	cJSON *made = cJSON_IsArray(given) ? cJSON_CreateArray() : cJSON_CreateObject();
	const cJSON *item;

	if (made == NULL)
		return refuse_memory(r);
	cJSON_ArrayForEach(item, given)
	{
		cJSON *item_made;

		if (build_item(at, item, run, &item_made, r) < 0 ||
			add_item(made, item->string, item_made, r) < 0) {
			cJSON_Delete(made);
			return -1;
		}
	}
	*ret = made;
	return 0;
}

static int build_filter(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	cJSON *made;
	const cJSON *item;

	if (cJSON_IsObject(given))
		return build_items(at, given, build_filter_item, run, ret, r);
	if (!cJSON_IsArray(given))
		return wrong_kind(at, r);
	made = cJSON_CreateObject();
	cJSON_ArrayForEach(item, given)
	{
		if (!cJSON_IsString(item)) {
			cJSON_Delete(made);
			return wrong_kind(at, r);
		}
		if (cJSON_GetObjectItemCaseSensitive(made, item->valuestring) == NULL &&
			cJSON_AddTrueToObject(made, item->valuestring) == NULL) {
			cJSON_Delete(made);
			return refuse_memory(r);
		}
	}
	return give(made, ret, r);
}

static const struct {
	builder one, item; /* of the value, or of each of its items */
	bool in_array;
} builders[] = {
	[KIND_BOOL] = { build_bool, NULL, false },
	[KIND_INT] = { build_int, NULL, false },
	[KIND_STRING] = { build_string, NULL, false },
	[KIND_STRINGS] = { NULL, build_string, true },
	[KIND_WORDS] = { NULL, build_string, true },
	[KIND_MAP] = { NULL, build_map_item, false },
	[KIND_SET] = { NULL, build_set_item, false },
	[KIND_OBJECT] = { build_object, NULL, false },
	[KIND_OBJECTS] = { NULL, build_object, true },
	[KIND_TABLE] = { NULL, build_object, false },
	[KIND_FILTER] = { build_filter, NULL, false },
	[KIND_ANY] = { NULL, NULL, false },
};

static int build(const struct place *at, const cJSON *given, struct schema_run *run, cJSON **ret,
	struct refusal *r)
{
	enum kind kind = at->field->kind;

	if (builders[kind].one != NULL)
		return builders[kind].one(at, given, run, ret, r);
	if (kind == KIND_WORDS && cJSON_IsString(given))
		return build_string(at, given, run, ret, r);
	if (builders[kind].item == NULL ||
		!(builders[kind].in_array ? cJSON_IsArray(given) : cJSON_IsObject(given)))
		return wrong_kind(at, r);
	return build_items(at, given, builders[kind].item, run, ret, r);
}

/* ---- rules ---- */

static int add(const struct place *at, cJSON *value, cJSON *object, struct refusal *r)
{
	if (cJSON_AddItemToObject(object, at->field->name, value))
		return 0;
	cJSON_Delete(value);
	return refuse_memory(r);
}

static int check(const struct place *at, cJSON *value, struct schema_run *run, struct refusal *r)
{
	const struct field *field = at->field;

	return field->check != NULL ? field->check(run, field, value, r) : 0;
}

static int allow(const struct place *at, const cJSON *given, struct schema_run *run, cJSON *object,
	struct refusal *r)
{
	cJSON *value;

	if (build(at, given, run, &value, r) < 0)
		return -1;
	if (check(at, value, run, r) < 0) {
		cJSON_Delete(value);
		return -1;
	}
	return add(at, value, object, r);
}

/* Is what stands there one of the things that `check` lets pass? */
static int admit(
	const struct place *at, const cJSON *given, struct schema_run *run, struct refusal *r)
{
	size_t claims_before = run->claims_n;
	cJSON *copy;
	int result;

	if (given == NULL || cJSON_IsNull(given) || at->field->check == NULL)
		return 0;
	if (build(at, given, run, &copy, r) < 0)
		return -1;
	result = check(at, copy, run, r);
	run->claims_n = claims_before; /* nothing may point into the copy */
	cJSON_Delete(copy);
	return result;
}

static int force_object(const struct place *at, const cJSON *given, struct schema_run *run,
	cJSON *object, struct refusal *r)
{
	static const cJSON empty = { .type = cJSON_Object };

	return allow(at, given == NULL || cJSON_IsNull(given) ? &empty : given, run, object, r);
}

static int force(const struct place *at, const cJSON *given, struct schema_run *run, cJSON *object,
	struct refusal *r)
{
	cJSON *value;

	if (at->field->make == NULL)
		return force_object(at, given, run, object, r);
	if (admit(at, given, run, r) < 0)
		return -1;
	value = at->field->make(run, given);
	if (value == NULL)
		return refuse_memory(r);
	if (!cJSON_IsNull(value))
		return add(at, value, object, r);
	cJSON_Delete(value);
	return 0;
}

static int refuse_unless_zero(
	const struct place *at, const cJSON *given, struct schema_run *run, struct refusal *r)
{
	if (is_zero(given))
		return 0;
	if (at->field->check != NULL)
		return admit(at, given, run, r);
	return refuse(r, 403, "%s.%s: %s", at->schema->name, at->field->name, at->field->reason);
}

static int apply(const struct place *at, const cJSON *given, struct schema_run *run, cJSON *object,
	struct refusal *r)
{
	bool absent = given == NULL || cJSON_IsNull(given);

	switch (at->field->rule) {
	case RULE_DROP:
		return 0;
	case RULE_REFUSE:
		return refuse_unless_zero(at, given, run, r);
	case RULE_FORCE:
		return force(at, given, run, object, r);
	case RULE_REQUIRE:
		if (absent)
			return refuse(
				r, 400, "%s.%s is missing", at->schema->name, at->field->name);
		return allow(at, given, run, object, r);
	case RULE_ALLOW:
		return absent ? 0 : allow(at, given, run, object, r);
	}
	return refuse(r, 403, "%s.%s has no rule", at->schema->name, at->field->name);
}

static int refuse_unknown(const struct schema *schema, const cJSON *given, struct refusal *r)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, given)
	{
		const struct field *field = schema->fields;

		while (field->name != NULL && strcmp(field->name, item->string) != 0)
			field++;
		if (field->name == NULL && !cJSON_IsNull(item))
			return refuse(r, 403,
				"%s.%s is not a field that is known here (they are spelled exactly)",
				schema->name, item->string);
	}
	return 0;
}

int schema_apply(const struct schema *schema, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r)
{
	size_t claims_before = run->claims_n;
	cJSON *object;

	if (!cJSON_IsObject(given))
		return refuse(r, 400, "%s: a JSON object is expected", schema->name);
	if (refuse_unknown(schema, given, r) < 0)
		return -1;
	object = cJSON_CreateObject();
	if (object == NULL)
		return refuse_memory(r);
	for (const struct field *field = schema->fields; field->name != NULL; field++) {
		const struct place at = { schema, field };

		if (apply(&at, cJSON_GetObjectItemCaseSensitive(given, field->name), run, object,
			    r) < 0) {
			run->claims_n = claims_before; /* they point into what goes now */
			cJSON_Delete(object);
			return -1;
		}
	}
	*ret = object;
	return 0;
}

int schema_parse(struct span text, unsigned kib, cJSON **ret, struct refusal *r)
{
	const struct jsontext_limits limits = { (size_t)kib * 1024, DEPTH_MAX, MEMBERS_MAX };
	struct jsontext_error error;

	if (text.n == 0)
		return refuse(r, 400, "JSON is expected and there is none");
	if (text.n > limits.bytes)
		return refuse(r, 413, "JSON of more than %u KiB", kib);
	if (jsontext_check(text.s, text.n, &limits, &error) < 0)
		return refuse(r, 400, "JSON, line %u, column %u: %s", error.line, error.column,
			error.what);
	return give(cJSON_ParseWithLengthOpts(text.s, text.n, NULL, false), ret, r);
}
