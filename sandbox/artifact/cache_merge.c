#include "sandbox/artifact/cache_merge.h"

#include "namespaces/spawn.h"
#include "sandbox/artifact/cache_merger.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_interrupted(int signals_fd)
{
	struct signalfd_siginfo info;
	bool ret = false;

	while (read(signals_fd, &info, sizeof(info)) == sizeof(info))
		ret = ret || info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM ||
		      info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT;
	return ret;
}

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
		if (is_interrupted(job->signals_fd))
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
	own_fd int ours = -1, theirs = -1, pidfd = -1;
	int pair[2], result;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	pid = spawn("the merger", 0, -1, &pidfd, f);
	if (pid < 0)
		return -1;
	if (pid == 0)
		become_merger(job, stage, theirs);
	own_fd_end(&theirs);
	result = hear(job, ours, ret, f);
	kill(pid, SIGKILL); /* it has ended, or is to */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
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
