/* sandbox/docker/target.h: what a request target means, once.
 *
 * Pure, fuzzed. The path is decoded once and refused (400) if anything is left that two
 * readers could understand differently: "//", "." or ".." segments, '%' after decoding,
 * control characters, bytes past ASCII, '\\', '#', ';'; a trailing '/' (404). A leading
 * segment "v1.NN" (two or three digits, no leading zero) is the version; every other
 * segment that looks like one ("v" and a digit first) is refused.
 * The query is cut at '&', keys and values decoded once ('+' is a blank), invalid
 * percent-encodings, ';', NUL, control characters other than \n \r \t in values, invalid
 * UTF-8 and keys longer than 64 are refused. A pair without a name is refused.
 */
#ifndef SANDBOX_DOCKER_TARGET_H
#define SANDBOX_DOCKER_TARGET_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"

#include <stddef.h>

#define TARGET_SEGMENTS 16
#define TARGET_PAIRS    256

struct target_pair {
	const char *name, *value; /* value is "" if there was no '=' */
};

struct target {
	unsigned minor;                        /* of "v1.NN", 0: unversioned */
	const char *segments[TARGET_SEGMENTS]; /* the version not counted; NUL-terminated */
	size_t segments_n;                     /* 0: the path is "/" or "/v1.NN" */
	struct target_pair *pairs;
	size_t pairs_n;
	char *memory; /* all of the above points into it; owned */
};

int target_read(struct span raw, struct target *ret, struct refusal *r);
void target_release(struct target *target);

/* The value of a name, NULL if it is not there. Callers have refused duplicates of what may
 * stand but once. */
const char *target_value(const struct target *target, const char *name);
/* How often does it stand there? */
size_t target_count(const struct target *target, const char *name);

#endif
