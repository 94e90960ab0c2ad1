/* sandbox/docker/proto.h: protocol buffers, strictly, as trees that the tables of schema.h
 * can judge.
 *
 * Pure     bytes and a description in, a cJSON tree out, and back. Fuzzed.
 * Strict   what lenient readers merge, mend or keep is refused: a singular field twice, a
 *          field that no row describes, another wire type, groups, numbers that are longer
 *          than they need be, text that is not UTF-8 or has a NUL, a key twice in one map.
 *          Of an engine's answer (PROTO_LENIENT) unknown fields are left out instead.
 * Trees    bool: true, false. int: a number below 10^15. string: a string. bytes: a string in
 *          base64. message: an object. map: an object. repeated: an array. What stands for
 *          its zero is not in the tree, as the wire leaves it away.
 * Source   protobuf.dev/programming-guides/encoding
 */
#ifndef SANDBOX_DOCKER_PROTO_H
#define SANDBOX_DOCKER_PROTO_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

#define PROTO_ITEMS 1024 /* of one map or array */

enum proto_type {
	PROTO_BOOL,
	PROTO_INT, /* int64, uint64, enum */
	PROTO_STRING,
	PROTO_BYTES,
	PROTO_MESSAGE, /* `sub` */
	PROTO_SKIP,    /* any message or bytes: checked for its length, and left out */
};

struct proto_message;
struct proto_field {
	unsigned number;
	const char *name;
	enum proto_type type;
	enum { PROTO_ONE, PROTO_MANY, PROTO_MAP } label; /* a map has strings as keys */
	const struct proto_message *sub;
};

struct proto_message {
	const char *name;
	const struct proto_field *fields; /* ended by a NULL name */
};

enum proto_strictness { PROTO_STRICT, PROTO_LENIENT };

/* The tree is the caller's. -1: refused (400). */
int proto_read(const struct proto_message *message, struct span bytes,
	enum proto_strictness strictness, cJSON **ret, struct refusal *r);

/* Every member of the tree has a row of the right type, or it is a mistake of ours: -1. */
int proto_write(const struct proto_message *message, const cJSON *tree, struct text *ret);

/* Append what a member of type bytes stands for; -1: it is not base64. */
int proto_bytes(const char *base64, struct text *ret);

#endif
