/* The one way through the rows of a query. Whatever is let pass is written anew: booleans as
 * 1 and 0, JSON as it was understood. */
#include "sandbox/docker/query.h"

#include "sandbox/base/own.h"

#include <string.h>
#include <strings.h>

#define JSON_KIB 64

const char *query_kind_name(enum query_kind kind)
{
	static const char *const names[] = {
		[QUERY_BOOL] = "boolean",
		[QUERY_INT] = "integer",
		[QUERY_TEXT] = "text",
		[QUERY_JSON] = "JSON",
		[QUERY_LIST] = "list",
		[QUERY_FIRST] = "text",
	};

	return names[kind];
}

bool query_is_one_of(const char *word, const char *const words[])
{
	for (; *words != NULL; words++)
		if (strcasecmp(word, *words) == 0)
			return true;
	return false;
}

bool query_is_false(const char *value)
{
	static const char *const words[] = { "", "0", "no", "false", "none", NULL };

	return query_is_one_of(value, words);
}

static bool is_zero(const char *value)
{
	static const char *const words[] = { "", "0", "false", "null", "[]", "{}", NULL };

	return query_is_one_of(value, words);
}

static bool is_integer(const char *value)
{
	size_t sign = value[0] == '-' ? 1 : 0, digits = strspn(value + sign, "0123456789");

	return digits > 0 && digits <= 15 && value[sign + digits] == '\0';
}

int query_parse_json(const char *name, const char *value, cJSON **ret, struct refusal *r)
{
	struct refusal inner;

	if (schema_parse((struct span){ value, strlen(value) }, JSON_KIB, ret, &inner) == 0)
		return 0;
	return refuse(r, inner.status, "query, %s: %s", name, inner.reason);
}

/* ---- from a query to a new one ---- */

static void add_pair(struct text *text, const char *name, const char *value)
{
	if (text->n > 0)
		text_word(text, "&");
	text_encode(text, name, false);
	text_word(text, "=");
	text_encode(text, value, false);
}

static int add_json(
	const struct query_rule *rule, const char *value, struct text *text, struct refusal *r)
{
	struct schema_run run = { .policy = NULL };
	cJSON *given, *made;
	own_mem char *printed = NULL;

	if (value[0] == '\0')
		return 0;
	if (query_parse_json(rule->name, value, &given, r) < 0)
		return -1;
	if (rule->sub != NULL && !cJSON_IsNull(given)) {
		int result = schema_apply(rule->sub, given, &run, &made, r);

		cJSON_Delete(given);
		if (result < 0)
			return -1;
		given = made;
	}
	printed = cJSON_PrintUnformatted(given);
	cJSON_Delete(given);
	if (printed == NULL)
		return refuse_memory(r);
	add_pair(text, rule->name, printed);
	return 0;
}

static int add(
	const struct query_rule *rule, const char *value, struct text *text, struct refusal *r)
{
	switch (rule->kind) {
	case QUERY_BOOL:
		add_pair(text, rule->name, query_is_false(value) ? "0" : "1");
		return 0;
	case QUERY_INT:
		if (value[0] == '\0')
			return 0;
		if (!is_integer(value))
			return refuse(r, 400, "query, %s: not a whole number", rule->name);
		add_pair(text, rule->name, value);
		return 0;
	case QUERY_TEXT:
	case QUERY_LIST:
	case QUERY_FIRST:
		add_pair(text, rule->name, value);
		return 0;
	case QUERY_JSON:
		return add_json(rule, value, text, r);
	}
	return refuse(r, 403, "query, %s has no kind", rule->name);
}

static int check(const struct query_rule *rule, const char *value, struct refusal *r)
{
	if (rule->check == NULL || (rule->kind == QUERY_JSON && value[0] == '\0'))
		return 0;
	return rule->check(rule, value, r);
}

/* Is it what the schema of the row takes? Nothing is written. */
static int check_json(const struct query_rule *rule, const char *value, struct refusal *r)
{
	own_text struct text unused = { 0 };

	return rule->kind == QUERY_JSON && rule->sub != NULL ? add_json(rule, value, &unused, r)
							     : 0;
}

static int apply(
	const struct query_rule *rule, const char *value, struct text *text, struct refusal *r)
{
	switch (rule->rule) {
	case RULE_DROP:
		return 0;
	case RULE_REFUSE:
		if (is_zero(value))
			return 0;
		if (rule->check != NULL)
			return rule->check(rule, value, r);
		return refuse(r, 403, "query, %s: %s", rule->name, rule->reason);
	case RULE_FORCE: /* a boolean is written by apply_all() */
		return check(rule, value, r) < 0 ? -1 : check_json(rule, value, r);
	case RULE_REQUIRE:
		if (value[0] == '\0')
			return refuse(r, 400, "query, %s is empty", rule->name);
		__attribute__((fallthrough));
	case RULE_ALLOW:
		return check(rule, value, r) < 0 ? -1 : add(rule, value, text, r);
	}
	return refuse(r, 403, "query, %s has no rule", rule->name);
}

static int apply_all(const struct query_rule *rule, const struct target *target, struct text *text,
	struct refusal *r)
{
	size_t seen = 0;

	for (size_t i = 0; i < target->pairs_n; i++) {
		if (strcmp(target->pairs[i].name, rule->name) != 0)
			continue;
		if (seen++ > 0 && rule->kind == QUERY_FIRST)
			continue;
		if (seen > 1 && rule->kind != QUERY_LIST)
			return refuse(r, 400, "query, %s stands there twice", rule->name);
		if (apply(rule, target->pairs[i].value, text, r) < 0)
			return -1;
	}
	if (seen == 0 && rule->rule == RULE_REQUIRE)
		return refuse(r, 400, "query, %s is missing", rule->name);
	if (rule->rule == RULE_FORCE && rule->kind == QUERY_BOOL)
		add_pair(text, rule->name, "1");
	return 0;
}

int query_apply(const struct query_rule *rules, const struct target *target, struct text *ret,
	struct refusal *r)
{
	for (; rules != NULL && rules->name != NULL; rules++)
		if (apply_all(rules, target, ret, r) < 0)
			return -1;
	return ret->failed ? refuse_memory(r) : 0;
}
