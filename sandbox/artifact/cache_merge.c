#include "sandbox/artifact/cache_merge.h"

#include "sandbox/artifact/cache_merger.h"
#include "sandbox/artifact/postmortem.h"
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

static int run_merger(const struct cache_merge_job *job, const struct cache_stage *stage,
	struct cache_merged *ret, struct failure *f)
{
	struct postmortem merger;
	int result;

	if (postmortem_start("the merger", &merger, f) < 0)
		return -1;
	if (merger.pid == 0)
		become_merger(job, stage, merger.socket);
	result = hear(job, merger.socket, ret, f);
	postmortem_end(&merger);
	return result;
}

static int merge(struct cache_merge_job *job, struct cache_stage *stage, struct failure *f)
{
	struct cache_merged merged;

	if (cache_stage_begin(job->store, stage, f) < 0 || run_merger(job, stage, &merged, f) < 0)
		return -1;
	job->unchanged = merged.unchanged;
	job->left_out = merged.left_out;
	if (merged.unchanged)
		return 0;
	stage->record.bytes = merged.bytes;
	stage->record.files = merged.files;
	if (cache_stage_keep(stage, f) < 0)
		return -1;
	job->record = stage->record;
	return 0;
}

int cache_merge(struct cache_merge_job *job, struct failure *f)
{
	struct cache_stage stage = CACHE_STAGE_NONE;
	int result = merge(job, &stage, f);

	cache_stage_release(&stage);
	return result;
}
