/* sandbox/docker/schema.h: what may stand in JSON, as rows.
 *
 * Pure: rows and a tree in, a new tree out. Nothing of the old tree is reused, so what no
 * row names is not in the new one.
 * "Zero" is what a client writes into a field that it does not use: false, 0, -1 where the
 * row says so, "", null, [], {}, an object of nothing but such values.
 */
#ifndef SANDBOX_DOCKER_SCHEMA_H
#define SANDBOX_DOCKER_SCHEMA_H

#include "sandbox/docker/policy.h"
#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum rule {
	RULE_REQUIRE, /* must be there, of the kind, and passes through `check` */
	RULE_ALLOW,   /* the same, if it is there; null counts as absent */
	RULE_FORCE,   /* always in the new tree. With `make`: what stands there (if the row has a
			 `check`, that refuses some of it first) is replaced by what it gives. An
			 object without `make` is built from its schema even if none stands there */
	RULE_DROP,    /* left out: harmless, and of no use here */
	RULE_REFUSE,  /* zero is left out, and so is what `check` lets pass, if the row has one;
			 anything else refuses the request */
};
const char *rule_name(enum rule rule);

enum kind {
	KIND_BOOL,
	KIND_INT,     /* a whole number of at most 15 digits: cJSON prints more as 1e+15 */
	KIND_STRING,  /* without NUL, by jsontext */
	KIND_STRINGS, /* array of strings */
	KIND_WORDS,   /* array of strings, or one string (Cmd, Entrypoint) */
	KIND_MAP,     /* object whose values are strings (null is "") */
	KIND_SET,     /* object whose values are {} ("ExposedPorts") */
	KIND_OBJECT,  /* its own schema in `sub` */
	KIND_OBJECTS, /* array of those */
	KIND_TABLE,   /* object with free keys whose values are those */
	KIND_FILTER,  /* array of strings, or object of booleans; becomes the latter */
	KIND_ANY,     /* of RULE_DROP, RULE_REFUSE and RULE_FORCE */
};
const char *kind_name(enum kind kind);

/* A name in a body that must be one of the run's own objects (or, of an image, a granted
 * base): the broker asks the engine and puts the full id (of a volume its name) there. */
enum claim_kind { CLAIM_IMAGE, CLAIM_NETWORK, CLAIM_VOLUME, CLAIM_CONTAINER };
#define CLAIMS_MAX 32
struct claim {
	enum claim_kind kind;
	cJSON *where; /* a string node of the new tree; its value is replaced */
	/* "name:/target:ro" in Binds: the name is what stands before the first ':' */
	bool first_part;
	/* the node's key in its parent is the name (EndpointsConfig) */
	bool is_key;
};

struct schema_run {
	const struct policy *policy;
	const char *platform; /* of the engine: "linux/amd64"; NULL: nobody asks */
	bool podman;          /* the body is for podman, whose networks are made otherwise */
	struct claim claims[CLAIMS_MAX];
	size_t claims_n;
};

struct field;
/* May refuse; may change *value (owned by the new tree). */
typedef int (*field_check)(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
/* The forced value; a null leaves the field away; NULL: no memory, the request is refused.
 * given: what stood there, or NULL. */
typedef cJSON *(*field_make)(struct schema_run *run, const cJSON *given);

struct field {
	const char *name;
	enum kind kind;
	enum rule rule;
	const struct schema *sub; /* of KIND_OBJECT, KIND_OBJECTS, KIND_TABLE */
	field_check check;        /* after the kind; NULL: any value of the kind. With `make` it
				     sees a copy that is thrown away */
	field_make make;          /* of RULE_FORCE */
	const char *value;        /* what is forced or allowed, in words, for explain */
	const char *reason;
};

struct schema {
	const char *name;
	const struct field *fields; /* ended by a NULL name */
};

/* Refuses by name what no row names: the engine would read it, or a newer one will. Only
 * null is left out there (docker-py names its network so). */
int schema_apply(const struct schema *schema, const cJSON *given, struct schema_run *run,
	cJSON **ret, struct refusal *r);

/* JSON of a stranger: strict text (jsontext.h), then cJSON. An empty text is refused. */
int schema_parse(struct span text, unsigned kib, cJSON **ret, struct refusal *r);

/* One more of run->claims. */
int schema_claim(struct schema_run *run, struct claim claim, struct refusal *r);

#endif
