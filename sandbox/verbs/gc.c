#include "sandbox/verbs/gc.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/cleanup.h"
#include "sandbox/launcher/leftovers.h"
#include "sandbox/limits/cgroup_gc.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/verbs/images.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define GC_USERS 64 /* as whom root has run sandboxes; more are found by the next gc */

/* The child: that user for good. What it may not ask of a container engine it asks of us
 * (engine/cleanup.h). */
static void __attribute__((noreturn))
child_main(const struct verb_call *call, struct identity *identity, int root)
{
	struct failure f;
	bool bad = identity_give_up(identity, &f) < 0 ||
		   leftovers_remove_asking(call->config, root, call->out, &f) < 0;

	fflush(call->out);
	if (bad)
		call->tell(&f);
	_exit(bad ? EXIT_REFUSED : 0);
}

/* 0; 1: something of that user's is left, and the child has said what; -1. */
static int remove_as(const struct verb_call *call, struct identity *identity, struct failure *f)
{
	own_fd int pidfd = -1, ours = -1, theirs = -1;
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	pid = spawn("gc as the user", 0, -1, &pidfd, f);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		own_fd_end(&ours);
		child_main(call, identity, theirs); /* does not return */
	}
	own_fd_end(&theirs);
	cleanup_serve(ours, identity);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(f, errno, "wait for gc as uid %u", identity->uid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

/* One user's failure keeps no other's from being removed. True: nothing of it is left. */
static bool is_removed_as(const struct verb_call *call, struct identity *identity)
{
	struct failure f;
	int left = remove_as(call, identity, &f);

	if (left < 0)
		call->tell(&f);
	return left == 0;
}

/* 0; 1: something of a user's is left; -1. */
static int remove_of_users(const struct verb_call *call, struct failure *f)
{
	struct cgroup_owner owners[GC_USERS];
	struct identity identity;
	bool done = true;
	size_t n;

	if (identity_check(f) < 0 || identity_find(call->config->run_as, &identity, f) < 0)
		return -1;
	n = cgroup_owners("/", owners, GC_USERS);
	for (size_t i = 0; i < n; i++) {
		struct identity other = {
			.uid = owners[i].uid, .gid = owners[i].gid, .was_root = true
		};

		const struct passwd *user = getpwuid(other.uid);

		if (user != NULL) /* where its store of images is */
			snprintf(other.home, sizeof(other.home), "%s", user->pw_dir);
		if (other.uid != identity.uid)
			done = is_removed_as(call, &other) && done;
	}
	done = is_removed_as(call, &identity) && done;
	return done ? 0 : 1;
}

int verb_gc(const struct verb_call *call, struct failure *f)
{
	int left = 0;

	if (call->config->images)
		return images_run(call->config, call->out, f);
	fflush(call->out); /* or every child would print it again */
	if (geteuid() == 0)
		left = remove_of_users(call, f);
	if (left < 0 || leftovers_remove(call->config, left == 0, call->out, f) < 0)
		return -1;
	return left > 0 ? EXIT_REFUSED : 0;
}
