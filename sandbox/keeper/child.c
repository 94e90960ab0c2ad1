#include "sandbox/keeper/child.h"

#include "sandbox/base/packet.h"
#include "sandbox/privilege/caps.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

/* Of another host id than the keeper only if a range is mapped; with one id the
 * kernel has nothing to change, and setgroups(2) is denied. */
int child_become_builder(struct keeper *k, struct failure *f)
{
	uid_t uid = k->ids.builder_uid;
	gid_t gid = k->ids.builder_gid;
	uid_t r, e, s;

	if (k->ids.range && (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
				    setresuid(uid, uid, uid) < 0))
		return fail(f, errno, "become uid %u inside", uid);
	if (getresuid(&r, &e, &s) < 0 || r != uid || e != uid || s != uid)
		return fail(f, 0, "the ids inside are not %u", uid);
	return 0;
}

enum caps_kept child_builder_keeps(const struct keeper *k)
{
	const struct root_plan *root = &k->plan->root;

	if (!k->plan->allow_chown || !k->ids.range)
		return CAPS_NONE;
	/* One of the ids is the caller's, and what --ro-bind shows of his is not all for others to
	 * read: there the last of root's rights stays away. */
	return root->image.path != NULL && root->root_inside && root->binds_n == 0 ? CAPS_FILES
										   : CAPS_CHOWN;
}

int child_give_refusals(struct keeper *k, int listener_fd, struct failure *f)
{
	const struct child_message message = { .exit_code = 0 };
	const struct packet_fds fds = { { listener_fd }, 1 };

	return packet_send(k->child_fd, &message, sizeof(message), &fds, 0, f);
}

void child_give_up(struct keeper *k, int exit_code, const struct failure *failure)
{
	struct child_message message = { .exit_code = exit_code, .failure = *failure };
	struct failure unsent;

	/* The keeper waits for exactly this; if it is gone, so are we. */
	packet_send(k->child_fd, &message, sizeof(message), NULL, 0, &unsent);
	_exit(exit_code);
}

static const char *path_of(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return "not set";
}

/* As a shell has it: 127 when there is no such program, else 126. */
static int explain_exec(
	const char *name, char *const *envp, const char *directory, struct failure *f)
{
	bool absent = errno == ENOENT;
	bool named = strchr(name, '/') != NULL && access(name, F_OK) == 0;

	fail(f, errno, "execute %s", name);
	fail_step(f, "builder: execute");
	if (absent && named)
		fail_remedy(f, "the file is there: what its first line names, or its loader, is "
			       "not in the sandbox");
	else if (absent)
		fail_remedy(f,
			"name a program that exists in the sandbox, where PATH is %.160s and the "
			"directory is %.80s",
			path_of(envp), directory);
	else
		fail_remedy(f, "name a file that is executable in the sandbox");
	return absent ? 127 : 126;
}

int child_execute(const struct keeper *k, char *const *argv, struct failure *f)
{
	/* By the command's own PATH, and not by ours, as execvpe(3) would look it up. */
	environ = k->plan->envp + (k->build.build.buildkit != 0 ? k->plan->classic_words : 0);
	execvp(argv[0], argv);
	return explain_exec(argv[0], environ, k->plan->directory, f);
}
