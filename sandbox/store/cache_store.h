/* sandbox/store/cache_store.h: named caches, and mirrors of sources, generation by generation.
 *
 * Where    $XDG_CACHE_HOME/cofferdam/caches and …/sources, else below ~/.cache: ours, 0700.
 * What     one directory a generation, named by the key (cache_key.h) and its number: in it the
 *          tree, and the record (cache_record.h), which comes last. A generation that is there is
 *          never changed. While one is made its name ends with ".new"; what is to go is called
 *          "gone-…" before anything of it goes.
 * Reads    the newest that is whole. What is not is put away, and said.
 * Next     Who writes makes the one after that which he has read, under its lock, and only if
 *          that is still the newest: of two that began with one generation the first is kept,
 *          whole, and nothing is ever mixed of two.
 * Lock     flock(2) of that directory: exclusive while it is made or removed, shared as long as a
 *          run reads it. It ends with the launcher.
 * Runs in  the launcher, as the user that the sandbox runs as.
 */
#ifndef SANDBOX_STORE_CACHE_STORE_H
#define SANDBOX_STORE_CACHE_STORE_H

#include "namespaces/hostpath.h"
#include "sandbox/base/failure.h"
#include "sandbox/store/cache_record.h"
#include "sandbox/store/store_clear.h"

#include <stdbool.h>

extern const struct store_kind cache_store_kind;
extern const struct store_kind source_store_kind;

/* What a run has of one. */
struct cache_store {
	const struct store_kind *kind;
	bool usable;                /* else why says why not */
	bool damaged;               /* what was there was put away: it begins anew */
	struct cache_record record; /* of what is read; generation 0: nothing is there yet */
	int entry_fd;               /* with the lock; -1 */
	struct host_path tree;      /* for the keeper; no path: as entry_fd */
	char why[160];
};
#define CACHE_STORE_NONE                                                                           \
	{                                                                                          \
		.entry_fd = -1, .tree = {.fd = -1 }                                                \
	}

/* Never a failure: see usable. */
void cache_store_take(
	const struct store_kind *kind, const char *key, const char *name, struct cache_store *ret);
/* What is held has turned out to be damaged: nobody finds it any more. */
int cache_store_put_away(const struct cache_store *store, struct failure *f);
void cache_store_release(struct cache_store *store);

/* A generation that is being made. */
struct cache_stage {
	int dir_fd, entry_fd, tree_fd; /* -1: not yet */
	struct cache_record record;
};
#define CACHE_STAGE_NONE                                                                           \
	{                                                                                          \
		.dir_fd = -1, .entry_fd = -1, .tree_fd = -1                                        \
	}

/* EEXIST in f: somebody else has made the next one, or is at it. */
int cache_stage_begin(const struct cache_store *store, struct cache_stage *ret, struct failure *f);
/* The tree is whole: onto the disk with it, then its record, then its name. */
int cache_stage_keep(struct cache_stage *stage, struct failure *f);
/* What was not kept is put away: who clears the store removes it. */
void cache_stage_release(struct cache_stage *stage);

/* What a stage may take of the disk: of limit_bytes, and of what is free. */
uint64_t cache_stage_room(const struct cache_stage *stage, uint64_t limit_bytes);

#endif
