/* sandbox/config/source.h: the SOURCE word taken apart.
 *
 * Pure: no I/O. `#REF` is split off at the last '#' (a local path that has a '#'
 * in it is written with "#HEAD" behind it); userinfo is taken out of the URL at
 * once, so that no later code can print it, and no failure here quotes any of it.
 * A word with a colon before its first slash is an ssh source, as git has it; a
 * local path of that shape is written "./a:b".
 */
#ifndef SANDBOX_CONFIG_SOURCE_H
#define SANDBOX_CONFIG_SOURCE_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

enum source_kind {
	SOURCE_NONE,  /* an empty /app */
	SOURCE_LOCAL, /* a path, or file:// */
	SOURCE_HTTP,  /* http:// and https:// */
	SOURCE_SSH,   /* ssh:// and user@host:path */
	SOURCE_GIT,   /* git:// */
};

struct source {
	enum source_kind kind;
	char *url;      /* for people and the report: no userinfo but an ssh user, no #REF */
	char *path;     /* SOURCE_LOCAL: the path on the host as given (file:// decoded) */
	char *ref;      /* branch, tag, full or short commit, maybe with a suffix; NULL: HEAD */
	char *username; /* from userinfo of http(s), percent-decoded, or NULL */
	char *password; /* same; wiped by source_release() */
};

/* word as given on the command line. Refuses: unknown schemes (ext::, anything
 * with "::" in it but a bracketed host, userinfo or a local path that is absolute or
 * begins with a dot), control characters, also percent-encoded ones, a host or ssh
 * user or path that begins with '-', an empty host, a quote in an ssh path, a query,
 * an empty ref, a ref that git's own rules forbid, a suffix that ref_suffix.h does not know. */
int source_parse(const char *word, struct source *ret, struct failure *f);
void source_release(struct source *source);

/* Whether ref may name something: git check-ref-format, one level allowed, and at
 * most 250 bytes. */
bool source_ref_is_valid(const char *ref);

/* Whether word is such a ref, or "@" for HEAD, with or without a suffix (ref_suffix.h). */
bool source_revision_is_valid(const char *word);

#endif
