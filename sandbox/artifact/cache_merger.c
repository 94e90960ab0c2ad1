#include "sandbox/artifact/cache_merger.h"

#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/descriptors.h"
#include "sandbox/privilege/landlock.h"
#include "sandbox/store/tree_copy.h"
#include "seccomp/filter.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static int follow_launcher(void *merger, struct failure *f)
{
	struct cache_merger *m = merger;
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	/* It may have died before that line: then its end of the socket is closed. */
	if (recv(m->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		_exit(1);
	return 0;
}

static int close_descriptors(void *merger, struct failure *f)
{
	struct cache_merger *m = merger;
	int keep[] = { m->merged_fd, m->upper_fd, m->user_fd, m->tree_fd, m->socket };
	own_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (null < 0)
		return fail(f, errno, "open /dev/null");
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	return descriptors_close_but(keep, ARRAY_LEN(keep), f);
}

static int enter_user(void *merger, struct failure *f)
{
	struct cache_merger *m = merger;

	if (setns(m->user_fd, CLONE_NEWUSER) < 0)
		return fail(f, errno, "enter the sandbox's user namespace");
	own_fd_end(&m->user_fd);
	return 0;
}

static int drop_power(void *merger, struct failure *f)
{
	(void)merger;
	if (caps_forbid_regain(CAPS_FILES, f) < 0 || caps_drop(CAPS_FILES, f) < 0 ||
		caps_prove(CAPS_FILES, f) < 0)
		return -1;
	return caps_no_new_privileges(f);
}

static int only_both_trees(void *merger, struct failure *f)
{
	const unsigned reads = LANDLOCK_LIST | LANDLOCK_READ;
	struct cache_merger *m = merger;
	const struct landlock_place places[] = {
		{ m->tree_fd, reads | LANDLOCK_WRITE | LANDLOCK_MAKE },
		{ m->merged_fd, reads },
		{ m->upper_fd, reads },
	};
	bool was_open = landlock_try_root() == 0;

	if (landlock_abi() == 0)
		return 0;
	if (landlock_restrict_to(places, m->upper_fd >= 0 ? 3 : 2,
		    LANDLOCK_NO_BIND | LANDLOCK_NO_CONNECT, f) < 0)
		return -1;
	return was_open && landlock_try_root() != EACCES
		       ? fail(f, 0, "the host's root can still be opened")
		       : 0;
}

static int only_its_calls(void *merger, struct failure *f)
{
	struct filter filter = filter_builtin(FILTER_UNPACK);
	bool was_heard = filter_lets_execute();

	(void)merger;
	if (filter_install(&filter, f) < 0)
		return -1;
	return was_heard && filter_lets_execute() ? fail(f, 0, "a program could still be started")
						  : 0;
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
