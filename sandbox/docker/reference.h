/* sandbox/docker/reference.h: names of images, and patterns over them.
 *
 * Pure, fuzzed. Names are normalised as the engine does it (default domain docker.io,
 * "library/" in front of a single component there, "index.docker.io" is docker.io,
 * default tag "latest") and compared in that form only.
 * Source  distribution/reference: reference.go, normalize.go, regexp.go.
 *
 * A pattern is a name in which a star stands for any run of characters other than '/' and
 * ':' in a path component or in the tag. Without a tag it means any tag. The domain is
 * literal. "app" is docker.io/library/app with any tag; a star alone, or one that stands
 * for the domain, would match everything and is refused; so is one for a whole path of
 * docker.io. All names of a namespace or of a registry of one's own are fine.
 */
#ifndef SANDBOX_DOCKER_REFERENCE_H
#define SANDBOX_DOCKER_REFERENCE_H

#include "sandbox/base/failure.h"
#include "sandbox/docker/refusal.h"

#include <stdbool.h>
#include <stddef.h>

#define REFERENCE_NAME_MAX 255
#define REFERENCE_TAG_MAX  128

struct reference {
	char domain[REFERENCE_NAME_MAX + 1]; /* "docker.io", "localhost:5000" */
	char path[REFERENCE_NAME_MAX + 1];   /* "library/alpine" */
	char tag[REFERENCE_TAG_MAX + 1];     /* "latest"; "" if a digest stands there */
	char digest[8 + 128];                /* "sha256:…", "" if none */
};

/* tag may be NULL; where it is given (the query of `tag` and `push` has it apart) the name
 * must have none. A 64-digit hexadecimal name is an id, not a name: refused. */
int reference_read(const char *name, const char *tag, struct reference *ret, struct refusal *r);

/* "docker.io/library/alpine:3"; with a digest "…@sha256:…". At most size bytes. */
#define REFERENCE_TEXT_MAX (2 * (REFERENCE_NAME_MAX + 1) + REFERENCE_TAG_MAX + 160)
void reference_canonical(const struct reference *reference, char *ret, size_t size);
/* As people write it: "alpine:3", "team/app:1", "registry.example/x:2". */
void reference_familiar(const struct reference *reference, char *ret, size_t size);

/* Is this a pattern, and not one for everything? In the launcher; f names what is wrong. */
int reference_pattern_check(const char *option, const char *pattern, struct failure *f);
/* pattern has been checked. A reference with a digest matches if its repository does and
 * the pattern allows any tag. */
bool reference_matches(const struct reference *reference, const char *pattern);

#endif
