#include "sandbox/artifact/cache_merger.h"

#include "sandbox/artifact/postmortem.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/store/tree_copy.h"

#include <fcntl.h>
#include <unistd.h>

static int follow_launcher(void *merger, struct failure *f)
{
	struct cache_merger *m = merger;

	return postmortem_follow(m->socket, f);
}

static int close_descriptors(void *merger, struct failure *f)
{
	struct cache_merger *m = merger;
	int keep[] = { m->merged_fd, m->upper_fd, m->older_fd, m->user_fd, m->tree_fd, m->socket };

	return postmortem_close_but(keep, ARRAY_LEN(keep), f);
}

static int enter_user(void *merger, struct failure *f)
{
	struct cache_merger *m = merger;

	return postmortem_enter_user(&m->user_fd, f);
}

static int drop_power(void *merger, struct failure *f)
{
	(void)merger;
	return postmortem_drop_power(CAPS_FILES, f);
}

static int only_both_trees(void *merger, struct failure *f)
{
	const unsigned reads = LANDLOCK_LIST | LANDLOCK_READ;
	struct cache_merger *m = merger;
	struct landlock_place places[4] = {
		{ m->tree_fd, reads | LANDLOCK_WRITE | LANDLOCK_MAKE },
		{ m->merged_fd, reads },
	};
	size_t n = 2;

	if (m->upper_fd >= 0)
		places[n++] = (struct landlock_place){ m->upper_fd, reads };
	if (m->older_fd >= 0)
		places[n++] = (struct landlock_place){ m->older_fd, reads };
	return postmortem_restrict(places, n, f);
}

static int only_its_calls(void *merger, struct failure *f)
{
	(void)merger;
	return postmortem_filter(FILTER_UNPACK, f);
}

static const struct step steps[] = {
	{ "follow the launcher", follow_launcher, "first: nobody is served any more without it" },
	{ "close the launcher's descriptors", close_descriptors,
		"before anything of the stranger's is looked at" },
	{ "enter the user namespace", enter_user,
		"whose ids the files have, and are to have; no right outside comes of it" },
	{ "drop power", drop_power, "all but that over files, before the first name is read" },
	{ "Landlock", only_both_trees, "needs no_new_privs, and calls that the filter refuses" },
	{ "seccomp", only_its_calls, "last: it refuses what the others need" },
};

const struct steps merger_steps = { .role = "merger", .rows = steps, .n = ARRAY_LEN(steps) };

static int add_older(struct cache_merger *m, struct tree_copy *copy, struct failure *f)
{
	own_fd int objects =
		openat(m->tree_fd, "objects", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (objects < 0)
		return fail(f, errno, "open the objects of a mirror");
	copy->beside = true;
	return tree_copy(copy, m->older_fd, objects, f);
}

static int merge(struct cache_merger *m, struct cache_merged *ret, struct failure *f)
{
	struct tree_copy copy = { .most_bytes = m->most_bytes,
		.most_files = TREE_COPY_FILES,
		.uid = m->uid,
		.gid = m->gid };
	int empty = m->upper_fd >= 0 ? tree_copy_is_empty(m->upper_fd) : 0;

	if (empty < 0)
		return fail(f, errno, "look at what was changed");
	ret->unchanged = empty == 1;
	if (!ret->unchanged && tree_copy(&copy, m->merged_fd, m->tree_fd, f) < 0)
		return -1;
	if (m->older_fd >= 0 && add_older(m, &copy, f) < 0)
		return -1;
	ret->bytes = copy.bytes;
	ret->files = copy.files;
	ret->left_out = copy.left_out;
	return 0;
}

void cache_merger_main(struct cache_merger *m)
{
	struct cache_merged merged = { .failed = false };
	struct failure f = { 0 }, unsent;

	if (steps_run(&merger_steps, m, &f) < 0 || merge(m, &merged, &f) < 0) {
		merged.failed = true;
		merged.failure = f;
	}
	_exit(packet_send(m->socket, &merged, sizeof(merged), NULL, 0, &unsent) < 0 ? 1 : 0);
}
