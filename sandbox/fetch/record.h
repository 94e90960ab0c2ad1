/* sandbox/fetch/record.h: what the fetcher tells the launcher, in records of one size.
 *
 * The fetcher parses a stranger's bytes, so the launcher trusts none of this: each
 * record is read whole (a SOCK_SEQPACKET message of exactly this size), type and
 * counts are checked, text is NUL-terminated by the reader and sanitized.
 */
#ifndef SANDBOX_FETCH_RECORD_H
#define SANDBOX_FETCH_RECORD_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdint.h>

enum fetch_record_type {
	FETCH_PROGRESS = 1, /* counts below */
	FETCH_DONE,         /* commit, ref; the last record */
	FETCH_REQUEST,      /* request: the repository's .cofferdam.json; before DONE */
	FETCH_FAILED,       /* failure; the last record */
	FETCH_CONFINED,  /* text: which walls the fetcher raised around itself, the first record */
	FETCH_SUBMODULE, /* submodule: one that is there; before DONE */
	FETCH_NOTICE,    /* notice: what the user may not expect; before DONE */
	FETCH_MIRROR,    /* mirror: what the kept one was good for; before DONE */
};

/* Numbers of files, and no name of any. */
struct fetch_notice {
	uint64_t changed, untracked; /* in the work tree of the source, and not in the clone */
	uint64_t left_out;           /* --worktree: neither a file nor a link */
	uint64_t lfs_pointers;       /* pointers of git-lfs, as content */
	uint64_t unconverted;        /* working-tree-encoding: left in UTF-8 */
	uint64_t unknown;            /* whether there are changes could not be found out */
};

struct fetch_submodule {
	char path[1024]; /* below the clone */
	char url[1024];  /* without credentials; "": a local source's own, without one */
	char commit[72];
};

/* How far the server had to be asked. */
enum fetch_contact { FETCH_CONTACT_NONE, FETCH_CONTACT_LISTED, FETCH_CONTACT_FETCHED };

struct fetch_mirror {
	uint32_t contact; /* enum fetch_contact */
	uint32_t damaged; /* what is kept is not as it was */
	uint32_t beside;  /* what was fetched is to be kept beside it; else in its stead */
	uint32_t whole;   /* what was fetched may be kept */
	uint64_t bytes;   /* that the server sent of objects */
};

struct fetch_record {
	uint32_t type;
	uint32_t stage; /* PROGRESS: enum fetch_stage */
	uint64_t done, total, bytes;
	union {
		struct {
			char commit[72];
			char ref[256]; /* full name such as refs/heads/main, or "" */
		} done_at;
		char text[512];
		struct failure failure;
		struct repo_request request;
		struct fetch_notice notice;
		struct fetch_submodule submodule;
		struct fetch_mirror mirror;
	};
};

enum fetch_stage { FETCH_STAGE_OBJECTS, FETCH_STAGE_DELTAS, FETCH_STAGE_CHECKOUT };

#endif
