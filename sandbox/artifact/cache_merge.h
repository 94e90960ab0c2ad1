/* sandbox/artifact/cache_merge.h: what a build left in a cache becomes its next generation.
 *
 * Runs in  the launcher, as the user that the sandbox runs as, when the last process of the
 *          sandbox is dead and what it wrote still there.
 * Order    the store's directory is claimed; the merger copies into it; all of it goes onto the
 *          disk; then it gets its record and its name. Whatever fails before that leaves the
 *          generation that was there as the newest, and nothing that anybody reads.
 */
#ifndef SANDBOX_ARTIFACT_CACHE_MERGE_H
#define SANDBOX_ARTIFACT_CACHE_MERGE_H

#include "namespaces/user.h"
#include "sandbox/artifact/postmortem.h"
#include "sandbox/store/cache_store.h"

struct cache_merge_job {
	const struct cache_store *store; /* what the run read */
	const struct user_plan *user;
	int merged_fd, upper_fd, older_fd; /* see cache_merger.h */
	int user_fd;                       /* the sandbox's user namespace */
	int signals_fd; /* of the launcher, non-blocking: one that ends a run ends it */
	uint64_t most_bytes;

	/* Filled: */
	bool unchanged;             /* nothing was to be kept */
	uint64_t left_out;          /* what is no file, directory or link */
	struct cache_record record; /* what is kept */
};

/* One that is under way, beside whatever the launcher does meanwhile. */
struct cache_merge {
	struct cache_stage stage;
	struct postmortem merger;
};
#define CACHE_MERGE_NONE                                                                           \
	{                                                                                          \
		.stage = CACHE_STAGE_NONE, .merger = POSTMORTEM_NONE                               \
	}

int cache_merge_start(
	const struct cache_merge_job *job, struct cache_merge *ret, struct failure *f);
/* Wait for it, and give what it made its name. */
int cache_merge_finish(struct cache_merge_job *job, struct cache_merge *merge, struct failure *f);
/* Always: what has no name by now is put away. */
void cache_merge_release(struct cache_merge *merge);

/* All of it. */
int cache_merge(struct cache_merge_job *job, struct failure *f);

#endif
