#include "sandbox/artifact/cache_merge.h"

#include "sandbox/artifact/cache_merger.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"

#include <poll.h>

/* It says one thing; or the user has enough of it. */
static int hear(
	const struct cache_merge_job *job, int socket, struct cache_merged *ret, struct failure *f)
{
	struct pollfd polls[] = { { .fd = socket, .events = POLLIN },
		{ .fd = job->signals_fd, .events = POLLIN } };
	int got;

	while (polls[0].revents == 0) {
		if (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno != EINTR)
			return fail(f, errno, "wait for the merger");
		if (postmortem_interrupted_by(job->signals_fd) != 0)
			return fail(f, 0, "interrupted before all of it was copied");
	}
	got = packet_receive(socket, ret, sizeof(*ret), NULL, 0, f);
	if (got <= 0)
		return got < 0 ? -1 : fail(f, 0, "the merger has ended without a word");
	if (!ret->failed)
		return 0;
	*f = ret->failure;
	failure_heard(f);
	return -1;
}

static void __attribute__((noreturn))
become_merger(const struct cache_merge_job *job, const struct cache_stage *stage, int socket)
{
	const struct user_ids ids = user_ids(job->user, job->user->range);
	struct cache_merger merger = { .merged_fd = job->merged_fd,
		.upper_fd = job->upper_fd,
		.older_fd = job->older_fd,
		.user_fd = job->user_fd,
		.tree_fd = stage->tree_fd,
		.socket = socket,
		.most_bytes = cache_stage_room(stage, job->most_bytes),
		.uid = ids.builder_uid,
		.gid = ids.builder_gid };

	/* Of a cache that was never kept, and in which there is nothing, nothing is kept. */
	if (job->store->record.generation == 0)
		merger.upper_fd = merger.merged_fd;
	cache_merger_main(&merger);
}

int cache_merge_start(const struct cache_merge_job *job, struct cache_merge *ret, struct failure *f)
{
	if (cache_stage_begin(job->store, &ret->stage, f) < 0 ||
		postmortem_start("the merger", &ret->merger, f) < 0)
		return -1;
	if (ret->merger.pid == 0)
		become_merger(job, &ret->stage, ret->merger.socket);
	return 0;
}

int cache_merge_finish(struct cache_merge_job *job, struct cache_merge *merge, struct failure *f)
{
	struct cache_merged merged;

	if (hear(job, merge->merger.socket, &merged, f) < 0)
		return -1;
	job->unchanged = merged.unchanged;
	job->left_out = merged.left_out;
	if (merged.unchanged)
		return 0;
	merge->stage.record.bytes = merged.bytes;
	merge->stage.record.files = merged.files;
	if (cache_stage_keep(&merge->stage, f) < 0)
		return -1;
	job->record = merge->stage.record;
	return 0;
}

void cache_merge_release(struct cache_merge *merge)
{
	if (merge->merger.pid > 0)
		postmortem_end(&merge->merger);
	cache_stage_release(&merge->stage);
}

int cache_merge(struct cache_merge_job *job, struct failure *f)
{
	struct cache_merge merge = CACHE_MERGE_NONE;
	int result = cache_merge_start(job, &merge, f);

	if (result == 0)
		result = cache_merge_finish(job, &merge, f);
	cache_merge_release(&merge);
	return result;
}
