/* sandbox/fetch/fetch_arguments.h: what the keeper asked the fetcher to do.
 *
 * All words are `--name=value` and point into argv. Unknown, repeated and missing
 * words are errors: the caller is cofferdam itself, so a surprise is a bug.
 */
#ifndef SANDBOX_FETCH_FETCH_ARGUMENTS_H
#define SANDBOX_FETCH_FETCH_ARGUMENTS_H

#include "sandbox/base/failure.h"
#include "sandbox/config/source.h"
#include "sandbox/fetch/place.h"

#include <stdbool.h>
#include <stdint.h>

struct fetch_arguments {
	enum source_kind kind; /* LOCAL, HTTP, SSH or GIT */
	const char *url;       /* without credentials; NULL allowed for LOCAL */
	const char *source;    /* LOCAL: where the repository is bound */
	const char *source_at; /* and where it is on the host; NULL: at the same place */
	const char *borrowed[PLACE_ROWS - 1]; /* where on the host each of /run/fetch/borrowed is */
	size_t borrowed_n;
	const char *ref;  /* NULL: HEAD */
	const char *into; /* an empty directory that we own */
	const char *ca;   /* a PEM file instead of the system's, or NULL */
	uint32_t depth;   /* commits, 0 for all */
	bool submodules;
	bool no_config;    /* .cofferdam.json is a file as any */
	bool tags;         /* as deep as git describe needs */
	bool worktree;     /* LOCAL: the source's files as they lie there */
	bool copy;         /* LOCAL: no repository, but a directory, all of it */
	bool mirror;       /* there is room for one (mirror.h) */
	bool agent;        /* an ssh agent is at SSH_AUTH_SOCK */
	int record_fd;     /* -1 until parsed */
	int credential_fd; /* -1: none */
};

int fetch_arguments_parse(
	int argc, char *const argv[], struct fetch_arguments *ret, struct failure *f);

/* They borrow from the arguments. */
void fetch_arguments_places(const struct fetch_arguments *a, struct places *ret);

#endif
