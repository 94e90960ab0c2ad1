/* sandbox/base/jsontext.h: is this text JSON, strictly, before cJSON sees it.
 *
 * Pure: no I/O, no allocation that a peer can drive (depth and size are capped),
 * so it can be fuzzed, and runs on a stranger's bytes in the fetcher and broker.
 * Refused: invalid UTF-8, NUL bytes (also as \u0000), a byte order mark, comments,
 * trailing commas, trailing bytes, lone surrogates, numbers that JSON does not
 * have, nesting past the cap, and two keys of one object that are equal after
 * folding (ASCII case, U+017F as s, U+212A as k): decoders disagree about those.
 */
#ifndef SANDBOX_BASE_JSONTEXT_H
#define SANDBOX_BASE_JSONTEXT_H

#include <stddef.h>

struct jsontext_limits {
	size_t bytes;
	unsigned depth;   /* arrays and objects inside one another */
	unsigned members; /* of one object */
};

struct jsontext_error {
	unsigned line, column; /* from 1; column in characters */
	char what[120];
};

extern const struct jsontext_limits jsontext_config_limits; /* 1 MiB, 16, 1024 */

/* 0 if text is one strict JSON value, else -1 and *error filled. */
int jsontext_check(const char *text, size_t length, const struct jsontext_limits *limits,
	struct jsontext_error *error);

#endif
