/* sandbox/fetch/job.h: one clone: from where, which commit, to where. */
#ifndef SANDBOX_FETCH_JOB_H
#define SANDBOX_FETCH_JOB_H

#include "sandbox/config/source.h"
#include "sandbox/fetch/channel.h"
#include "sandbox/fetch/place.h"
#include "sandbox/fetch/secret.h"

#include <git2.h>
#include <stdbool.h>

struct job {
	enum source_kind kind;
	const char *url;    /* of "origin"; NULL only for LOCAL: no remote */
	const char *source; /* LOCAL: directory of the repository */
	const struct places *places;
	const char *ref; /* NULL: HEAD */
	const char *into;
	uint32_t depth; /* 0: all */
	bool tags;      /* deeper, if git describe needs it */
	bool mirror; /* what is fetched is kept (mirror.h): never a submodule's, nor all history */
	bool verify; /* what is copied is held against its names */
	struct channel *channel;
	const struct secret *secret;
	const char *named; /* SOURCE's URL; NULL only for LOCAL */
	bool is_named;     /* url is at the place that it names: what is for that one is for us */
	bool agent;
};

/* Which commit a word meant. */
struct revision {
	git_oid commit;
	char ref[256]; /* "refs/heads/main", "refs/tags/v1", or "" for a bare commit */
};

#endif
