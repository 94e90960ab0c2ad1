/* The builder: from a clone of the keeper to the untrusted command.
 *
 * Each step takes something away; after the last there is nothing left to take.
 * What is dropped is read back here, before the command runs. */
#include "sandbox/keeper/builder.h"

#include "namespaces/proof.h"
#include "namespaces/root_secret.h"
#include "sandbox/base/disposition.h"
#include "sandbox/base/own.h"
#include "sandbox/keeper/builder_landlock.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/porter.h"
#include "sandbox/limits/processors.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/label.h"
#include "sandbox/privilege/landlock.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define CHILD_FD 3 /* the first descriptor besides 0, 1, 2; closed by exec */

static int own_job(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (k->terminal_fd < 0)
		return setsid() < 0 ? fail(f, errno, "start a session") : 0;
	/* With a terminal the keeper leads the session, so that this job is not an orphan
	 * and Ctrl-Z stops it (tty_ioctl(4), POSIX 2.2.2 "orphaned process group"). */
	if (setpgid(0, 0) < 0 || tcsetpgrp(k->terminal_fd, getpid()) < 0)
		return fail(f, errno, "take the foreground of the terminal");
	return 0;
}

static int own_stdio(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	for (int i = 0; i < 3; i++) {
		int from = k->ends.stdio[i] >= 0 ? k->ends.stdio[i] : k->terminal_fd;

		if (dup2(from, i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	}
	return 0;
}

/* Those that stay, until exec at the latest, in the places from CHILD_FD on. */
static int close_descriptors(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	int *const kept[] = { &k->child_fd, &k->root.hidden_fd, &k->ends.door };
	const int n = k->ends.door >= 0 ? 3 : 2;
	int moved;

	/* They may be anywhere: move them out of the way first. */
	for (int i = 0; i < n; i++) {
		*kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, CHILD_FD + n);
		if (*kept[i] < 0)
			return fail(f, errno, "arrange the last descriptors");
	}
	for (int i = 0; i < n; i++) {
		moved = dup3(*kept[i], CHILD_FD + i, O_CLOEXEC);
		if (moved < 0)
			return fail(f, errno, "arrange the last descriptors");
		*kept[i] = moved;
	}
	if (close_range((unsigned)(CHILD_FD + n), ~0U, 0) < 0)
		return fail(f, errno, "close every other descriptor");
	return 0;
}

static int own_limits(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct rlimits limits = k->plan->rlimits;

	/* What the repository asked for, where an rlimit stands for the cgroup. */
	rlimits_lower(&limits, RLIMIT_DATA, k->build.build.limits.memory_bytes);
	rlimits_lower(&limits, RLIMIT_NPROC, k->build.build.limits.pids);
	if (processors_take(k->build.build.limits.cpus_milli, k->plan->processor_first, f) < 0)
		return -1;
	return rlimits_apply(&limits, f);
}

static int become_builder(void *keeper, struct failure *f)
{
	return child_become_builder(keeper, f);
}

/* The limit was written when /proc was made. Here the builder itself tries, before
 * seccomp would say no in any case: only ENOSPC proves that the limit stands. */
static int nested_userns_refused(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (k->plan->root.allow_userns)
		return 0;
	if (unshare(CLONE_NEWUSER) == 0)
		return fail(f, 0, "a second user namespace could be made");
	return errno == ENOSPC ? 0 : fail(f, errno, "try to make a second user namespace");
}

static int drop_capabilities(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	enum caps_kept kept = child_builder_keeps(k);

	return caps_drop(kept, f) < 0 || caps_prove(kept, f) < 0 ? -1 : 0;
}

static int no_new_privileges(void *keeper, struct failure *f)
{
	(void)keeper;
	return caps_no_new_privileges(f);
}

static int start_in_app(void *keeper, struct failure *f)
{
	const struct keeper *k = keeper;
	const char *directory = k->plan->directory;
	const bool own = strcmp(directory, k->plan->clone) == 0;
	char cwd[4096];

	if (chdir(directory) < 0 || getcwd(cwd, sizeof(cwd)) == NULL) {
		fail(f, errno, "change to %s", directory);
		if (k->plan->workdir != NULL)
			return fail_remedy(
				f, "--workdir names it: a relative one begins in the clone");
		return own ? -1 : fail_remedy(f, "the image names it: leave --image-env out");
	}
	/* runc CVE-2024-21626: a cwd outside the root. An image's or --workdir may be a link's name. */
	if (cwd[0] != '/' || (own && strcmp(cwd, directory) != 0))
		return fail(f, 0, "the working directory is %s", cwd);
	return 0;
}

static int label(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	return label_apply(k->plan->apparmor, k->plan->selinux_label, f);
}

static int landlock(void *keeper, struct failure *f)
{
	return builder_landlock(keeper, f);
}

/* Does a crash inside start a program of the host's? The kernel heeds a limit of 1 for one
 * that is piped to; for a socket (from Linux 6.16 on) it heeds none. */
static bool core_is_handled(const struct rlimits *limits)
{
	own_fd int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	char first = '|';

	if (fd >= 0 && read(fd, &first, 1) < 0)
		first = '|';
	for (size_t i = 0; i < limits->n; i++)
		if (limits->rows[i].resource == RLIMIT_CORE && limits->rows[i].soft == 1)
			return first == '@';
	return first == '|' || first == '@';
}

static const char *kept_text(enum caps_kept kept)
{
	switch (kept) {
	case CAPS_CHOWN:
		return "CAP_CHOWN, CAP_FOWNER, CAP_FSETID alone, for --allow-chown";
	case CAPS_FILES:
		return "CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID alone, for "
		       "--allow-chown in an image";
	default:
		return "five sets empty";
	}
}

/* What reads back without a system call that the filter refuses. */
static int prove(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	struct wall_report *w = k->walls;
	const struct rlimits *limits = &k->plan->rlimits;

	/* An image is the builder's to write to. */
	if (k->plan->root.image.path == NULL && root_prove_shut(f) < 0)
		return -1;
	own_fd_end(&k->root.hidden_fd);
	wall_set(w, WALL_CAPABILITIES, WALL_ENFORCED, "%s, securebits locked",
		kept_text(child_builder_keeps(k)));
	wall_set(w, WALL_NO_NEW_PRIVILEGES, WALL_ENFORCED, "set");
	if (core_is_handled(limits))
		wall_set(w, WALL_RLIMITS, WALL_DEGRADED,
			"a crash starts the program of the host's kernel.core_pattern, whatever "
			"the limit of core files is");
	else
		wall_set(w, WALL_RLIMITS, WALL_ENFORCED, "%zu limits set and read back", limits->n);
	wall_set(w, WALL_ENVIRONMENT, WALL_ENFORCED, "cleared, then set from the plan");
	wall_set(w, WALL_DESCRIPTORS, WALL_ENFORCED, "0, 1 and 2, none of them the host's");
	wall_set(w, WALL_NESTED_USERNS, k->plan->root.allow_userns ? WALL_ABSENT : WALL_ENFORCED,
		"%s", k->plan->root.allow_userns ? "--allow-userns" : "limit 0, and tried in vain");
	wall_set(w, WALL_TTY, WALL_ENFORCED, "%s",
		k->terminal_fd < 0 ? "no terminal; own session" : "a terminal of its own");
	if (k->plan->landlock)
		wall_set(w, WALL_LANDLOCK, WALL_ENFORCED, "ABI %d, canary shut", landlock_abi());
	if (k->plan->apparmor != NULL || k->plan->selinux_label != NULL)
		wall_set(w, WALL_LSM_LABEL, WALL_ENFORCED, "%s",
			k->plan->apparmor != NULL ? k->plan->apparmor : k->plan->selinux_label);
	return 0;
}

/* The keeper says when it has given up its own power: nothing untrusted runs before. */
static int wait_for_keeper(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	char go;
	ssize_t n;

	do
		n = recv(k->child_fd, &go, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : fail(f, n < 0 ? errno : 0, "the keeper is gone");
}

static int default_signals(void *keeper, struct failure *f)
{
	(void)keeper;
	return disposition_reset(f);
}

static int filter(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	own_fd int listener_fd = -1;

	/* The same wall, and PID 1 hears of it; unless an outer sandbox listens, or forbids it. */
	if (k->plan->told.length > 0 && filter_install_told(&k->plan->told, &listener_fd, f) == 0) {
		if (child_give_refusals(k, listener_fd, f) < 0)
			return -1;
		k->refused->told = true;
	} else if (filter_install(&k->plan->filter, f) < 0) {
		return -1;
	}
	wall_set(k->walls, WALL_SECCOMP, WALL_ENFORCED, "%s, %u instructions",
		k->plan->filter_owned ? "the user's profile" : "built-in allowlist",
		k->plan->filter.length);
	return 0;
}

static int leave_porter(void *keeper, struct failure *f)
{
	return porter_leave(keeper, f);
}

static const struct step steps[] = {
	{ "own job", own_job, "before stdio: the terminal is still known by its descriptor" },
	{ "own stdio", own_stdio, "before the other descriptors are closed" },
	{ "own limits", own_limits, "before the ids: raising a soft limit is still possible" },
	{ "become the builder", become_builder, "needs CAP_SETUID and CAP_SETGID" },
	{ "refuse nested userns", nested_userns_refused,
		"before seccomp, which would refuse for its own reason" },
	{ "drop capabilities", drop_capabilities, "after the last step that needs one" },
	{ "no new privileges", no_new_privileges, "Landlock and seccomp demand it" },
	{ "start in /app", start_in_app, "as the builder, so its rights are what is tried" },
	{ "label", label, "opens /proc, so before Landlock" },
	{ "close descriptors", close_descriptors, "nothing after it opens one that stays" },
	{ "Landlock", landlock, "needs system calls that seccomp refuses" },
	{ "default signals", default_signals, "the keeper's mask is not the builder's" },
	{ "prove", prove, "after every drop but seccomp, which proves itself" },
	{ "seccomp", filter, "last: it blocks the rest" },
	{ "wait for the keeper", wait_for_keeper,
		"the keeper has no power left when the command starts" },
	{ "leave a porter", leave_porter,
		"after every wall: who enters later is behind them all, as its child" },
};

const struct steps builder_steps = { .role = "builder", .rows = steps, .n = ARRAY_LEN(steps) };

/* The command of the repository, as the launcher passed it on. */
static char **ordered_argv(const struct message *order)
{
	static char *argv[REPO_COMMAND_WORDS + 1]; /* of this process, until exec */
	static char text[REPO_COMMAND_BYTES + 1];
	char *word = text;
	size_t n = 0;

	memcpy(text, order->build.text, order->build.length);
	for (; n < order->build.words && n < REPO_COMMAND_WORDS; n++) {
		argv[n] = word;
		word += strlen(word) + 1;
	}
	argv[n] = NULL;
	return argv;
}

void builder_main(struct keeper *k)
{
	struct failure f = { 0 };
	char **argv = k->build.build.words > 0 ? ordered_argv(&k->build) : k->plan->argv;

	if (steps_run(&builder_steps, k, &f) < 0)
		child_give_up(k, 125, &f);
	child_give_up(k, child_execute(k, argv, &f), &f);
}
