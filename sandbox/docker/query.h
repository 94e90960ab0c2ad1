/* sandbox/docker/query.h: from the query of a request to a new one, by rows.
 *
 * Pure: rows and pairs in, text out.
 */
#ifndef SANDBOX_DOCKER_QUERY_H
#define SANDBOX_DOCKER_QUERY_H

#include "sandbox/docker/schema.h"
#include "sandbox/docker/target.h"

enum query_kind {
	QUERY_BOOL, /* what the engine takes for one: "", 0, no, false, none; else true -> 1 */
	QUERY_INT,
	QUERY_TEXT,
	QUERY_JSON, /* strict JSON, printed anew: an object by the schema in `sub`, or what
		       `check` lets pass; "" counts as absent */
	QUERY_LIST, /* may stand several times (t) */
	/* Text that may, too, and of which the engine reads the first: of a Dockerfile outside of
	 * the context docker-py sends a name and the lines, both as dockerfile. */
	QUERY_FIRST,
};

struct query_rule;
/* May refuse a value (of QUERY_JSON: text that is strict JSON). */
typedef int (*query_check)(const struct query_rule *rule, const char *value, struct refusal *r);

struct query_rule {
	const char *name;
	enum query_kind kind;
	enum rule rule; /* REQUIRE (and not empty), ALLOW, DROP, REFUSE (unless zero: "", 0, false,
			   null, [], {}). What is FORCEd is checked and left out here, and the
			   broker writes what the row says in `value`; a boolean is written here,
			   always as 1 */
	const struct schema *sub;
	query_check check; /* NULL: any value of the kind */
	const char *value, *reason;
};

/* The new query in *ret as "a=b&c=d" without the '?'. Keys that no row names are dropped
 * (clients repeat whole bodies there), duplicates refused unless the kind permits them. */
int query_apply(const struct query_rule *rules, const struct target *target, struct text *ret,
	struct refusal *r);

const char *query_kind_name(enum query_kind kind);

/* As the engine reads a boolean (httputils.BoolValue), blanks around it apart. */
bool query_is_false(const char *value);
/* In any case; words end in NULL. */
bool query_is_one_of(const char *word, const char *const words[]);
/* Strict JSON of a parameter; the tree is the caller's. */
int query_parse_json(const char *name, const char *value, cJSON **ret, struct refusal *r);

#endif
