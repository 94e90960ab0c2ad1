/* A companion's first half: from a clone of the launcher to its own program.
 *
 * It is born in its namespaces. An ordinary user's maps its own id there. Root's is mapped by
 * root, to the user that the sandbox runs as and, if the engine's socket needs one, to that
 * group; its user namespace stays root's own, so that no other process of that user may
 * look into it (ptrace(2), capabilities of a namespace's owner) and have the group by it. */
#include "sandbox/companion/companion.h"

#include "namespaces/spawn.h"
#include "namespaces/user.h"
#include "sandbox/base/disposition.h"
#include "sandbox/base/own.h"
#include "sandbox/companion/companion_within.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NAMESPACES                                                                                 \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/* What the ids are inside. */
#define OWN_ID   0
#define GROUP_ID 1 /* the socket's group, if it is kept */

struct companion_child {
	const struct companion_job *job;
	bool as_root;
	int control, exe_fd;
};

/* ---- steps ---- */

static int wait_for_map(struct companion_child *c, struct failure *f)
{
	char mapped;
	ssize_t n;

	do
		n = recv(c->control, &mapped, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : fail(f, n < 0 ? errno : 0, "the launcher did not map the ids");
}

static int get_ids(void *child, struct failure *f)
{
	struct companion_child *c = child;
	const struct identity *identity = c->job->identity;
	struct user_plan plan = {
		.host_uid = identity->uid, .host_gid = identity->gid, .root_inside = true
	};
	struct user_ids ids;

	if (c->job->kind->within)
		return companion_within_keep_power(f);
	return c->as_root ? wait_for_map(c, f) : user_map_self(&plan, &ids, f);
}

/* Until here root's own is root of the host by its number, without any power there. The
 * group by which it goes on is the only one that it has a number for.
 * The real uid stays root's until the program itself gives it up (companion_identity.h): so an
 * exec leaves a process that the user may not look into, which one whose uids are all that
 * user's would be until its first instruction; and it holds passwords of registries. With
 * no_new_privs, exec would put the real uid in the effective one's place. */
static int become_user(void *child, struct failure *f)
{
	struct companion_child *c = child;
	const gid_t group = GROUP_ID;
	const size_t groups = c->job->needs_group ? 1 : 0;
	const uid_t real = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? OWN_ID : (uid_t)-1;

	if (!c->as_root)
		return 0;
	if (setgroups(groups, &group) < 0 || setresgid(OWN_ID, OWN_ID, OWN_ID) < 0 ||
		setresuid(real, OWN_ID, OWN_ID) < 0)
		return fail(f, errno, "become uid %u", c->job->identity->uid);
	if (geteuid() != OWN_ID || getgid() != OWN_ID || getgroups(0, NULL) != (int)groups)
		return fail(f, 0, "%s's ids are not what was set", c->job->kind->name);
	return 0;
}

/* Out of the way of the low numbers, then there without close-on-exec. */
static int place(int fd, int number, int flags, struct failure *f)
{
	if (dup3(fd, number, flags) < 0)
		return fail(f, errno, "arrange the companion's descriptor %d", number);
	return 0;
}

static int descriptors(void *child, struct failure *f)
{
	struct companion_child *c = child;
	const struct companion_job *job = c->job;
	int control = fcntl(c->control, F_DUPFD_CLOEXEC, 16);
	int policy = fcntl(job->policy_fd, F_DUPFD_CLOEXEC, 16);
	int exe = fcntl(job->exe_fd, F_DUPFD_CLOEXEC, 16);
	int extra = job->extra_fd < 0 ? -1 : fcntl(job->extra_fd, F_DUPFD_CLOEXEC, 16);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (control < 0 || policy < 0 || exe < 0 || null < 0 || (job->extra_fd >= 0 && extra < 0))
		return fail(f, errno, "arrange the companion's descriptors");
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return fail(f, errno, "set up descriptor %d", i);
	if (place(control, COMPANION_CONTROL_FD, 0, f) < 0)
		return -1;
	c->control = COMPANION_CONTROL_FD; /* a failure from here on goes out through it */
	if (place(policy, COMPANION_POLICY_FD, 0, f) < 0 ||
		(extra >= 0 && place(extra, COMPANION_EXTRA_FD, 0, f) < 0) ||
		place(exe, COMPANION_EXTRA_FD + 1, O_CLOEXEC, f) < 0)
		return -1;
	c->exe_fd = COMPANION_EXTRA_FD + 1;
	if ((extra < 0 && close(COMPANION_EXTRA_FD) < 0 && errno != EBADF) ||
		close_range(COMPANION_EXTRA_FD + 2, ~0U, 0) < 0)
		return fail(f, errno, "close every other descriptor");
	return 0;
}

static int follow_launcher(void *child, struct failure *f)
{
	struct companion_child *c = child;
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	/* It may have died before that line: then its end of the socket is closed. */
	if (recv(c->control, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		_exit(1);
	return setsid() < 0 ? fail(f, errno, "start a session") : 0;
}

static int signals(void *child, struct failure *f)
{
	(void)child;
	if (disposition_reset(f) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int limits(void *child, struct failure *f)
{
	const struct companion_child *c = child;
	const struct {
		int resource;
		const char *name;
		rlim_t most;
	} rows[] = {
		{ RLIMIT_CORE, "core", 1 }, /* it holds passwords of registries; 1: see rlimits.c */
		{ RLIMIT_NOFILE, "nofile", c->job->kind->descriptors }, /* its connections */
		{ RLIMIT_FSIZE, "fsize", 64 * 1024 * 1024 },            /* the journal */
		{ RLIMIT_AS, "as", (rlim_t)512 * 1024 * 1024 },         /* all of its memory */
		{ RLIMIT_MEMLOCK, "memlock", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rlimit now, want;

		if (getrlimit(rows[i].resource, &now) < 0)
			return fail(f, errno, "read the limit %s", rows[i].name);
		want.rlim_cur = want.rlim_max =
			now.rlim_max < rows[i].most ? now.rlim_max : rows[i].most;
		if (setrlimit(rows[i].resource, &want) < 0)
			return fail(f, errno, "set the limit %s", rows[i].name);
	}
	umask(077);
	return 0;
}

static const struct step steps[] = {
	{ "get ids", get_ids,
		"without a map it could open no file; born outside of the host's namespaces" },
	{ "become the user", become_user,
		"root's only; of root's groups the one that the socket needs is kept" },
	{ "descriptors", descriptors,
		"control, policy, and one more; before the launcher is followed, whose own end must be closed" },
	{ "follow the launcher", follow_launcher,
		"after the ids, whose change forgets the parent-death signal" },
	{ "signals", signals, "the launcher's mask is not the companion's" },
	{ "limits", limits, "last: nothing more is opened, and what follows is the program" },
};

const struct steps companion_steps = { .role = "companion", .rows = steps, .n = ARRAY_LEN(steps) };

/* ---- the clone ---- */

/* What went wrong is the launcher's to say. */
static void give_up(struct companion_child *c, const struct failure *failure)
	__attribute__((noreturn));
static void give_up(struct companion_child *c, const struct failure *failure)
{
	c->job->kind->tell_failure(c->control, failure);
	_exit(125);
}

static void child_main(struct companion_child *c) __attribute__((noreturn));
static void child_main(struct companion_child *c)
{
	const struct companion_kind *kind = c->job->kind;
	char *const argv[] = { (char *)kind->program, (char *)c->job->mode, NULL };
	char *const environment[] = { NULL };
	struct failure f = { 0 };

	if (steps_run(&companion_steps, c, &f) < 0)
		give_up(c, &f);
	syscall(SYS_execveat, c->exe_fd, "", argv, environment, AT_EMPTY_PATH);
	fail(&f, errno, "execute %s", kind->program);
	fail_step(&f, "companion: execute");
	fail_remedy(
		&f, "install %s where uid %u may execute it", kind->program, c->job->identity->uid);
	give_up(c, &f);
}

/* Root's: the maps of a namespace that is its own, and then one byte. */
static int map_child(const struct companion_job *job, pid_t pid, int control, struct failure *f)
{
	const struct identity *identity = job->identity;
	const char mapped = 1;
	char uids[48], gids[96];

	snprintf(uids, sizeof(uids), "%d %u 1\n", OWN_ID, identity->uid);
	if (job->needs_group)
		snprintf(gids, sizeof(gids), "%d %u 1\n%d %u 1\n", OWN_ID, identity->gid, GROUP_ID,
			job->group);
	else
		snprintf(gids, sizeof(gids), "%d %u 1\n", OWN_ID, identity->gid);
	if (user_map_write(pid, uids, gids, f) < 0)
		return -1;
	return send(control, &mapped, 1, MSG_NOSIGNAL) == 1
		       ? 0
		       : fail(f, errno, "tell %s that its ids are mapped", job->kind->name);
}

/* For a namespace that is there: through a process that joins it and waits. */
static void within_main(struct companion_child *c) __attribute__((noreturn));
static void within_main(struct companion_child *c)
{
	const struct companion_kind *kind = c->job->kind;
	struct failure f = { 0 };
	pid_t pid = companion_within_clone(kind->name, kind->namespaces, c->job->user_fd, &f);

	if (pid < 0)
		give_up(c, &f);
	if (pid == 0)
		child_main(c); /* does not return */
	companion_within_wait(pid);
}

int companion_start(const struct companion_job *job, struct companion *ret, struct failure *f)
{
	struct companion_child child = { .job = job,
		.as_root = geteuid() == 0 && job->identity->was_root };
	struct companion process = COMPANION_NONE;
	own_fd int theirs = -1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	process.control = pair[0];
	theirs = pair[1];
	process.pid = spawn(job->kind->name,
		job->kind->within ? 0 : NAMESPACES | job->kind->namespaces, -1, &process.pidfd, f);
	if (process.pid == 0) {
		own_fd_end(&process.control);
		child.control = theirs;
		if (job->kind->within)
			within_main(&child); /* neither returns */
		child_main(&child);
	}
	if (process.pid < 0) {
		own_fd_end(&process.control);
		return fail_remedy(f, "run `cofferdam doctor`");
	}
	if (child.as_root && map_child(job, process.pid, process.control, f) < 0) {
		companion_end(&process);
		return -1;
	}
	*ret = process;
	return 0;
}

bool companion_has_ended(struct companion *process, int wait_ms, int *ret_status)
{
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };

	poll(&ended, 1, wait_ms);
	if (waitpid(process->pid, ret_status, WNOHANG) != process->pid)
		return false;
	process->pid = 0;
	return true;
}

void companion_end(struct companion *process)
{
	if (process->pid > 0) {
		syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
		while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	process->pid = 0;
	own_fd_end(&process->pidfd);
	own_fd_end(&process->control);
}
