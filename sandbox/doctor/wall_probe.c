/* The child waits until its ids are mapped, tries, and sends its answer whole. The
 * parent waits for the pidfd, not for the pipe's end: a trial may leave children behind.
 */
#include "sandbox/doctor/wall_probe.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/doctor/trial.h"
#include "sandbox/doctor/wall_probe_inside.h"
#include "sandbox/doctor/wall_probe_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ANSWER_WAIT_MS 10000

struct probe_row {
	uint64_t flags; /* CLONE_NEW*; 0: in the host's namespaces */
	bool range;     /* map several ids, if /etc/subuid grants them */
	int (*run)(struct trial *trial, struct failure *f); /* NULL: nothing to try */
	const char *untried;                                /* then: why not */
	bool on_request;
};

static const struct probe_row probe_rows[WALL_COUNT] = {
	[WALL_USER] = { .flags = CLONE_NEWUSER, .run = try_user },
	[WALL_IDS] = { .flags = CLONE_NEWUSER, .range = true, .run = try_ids },
	[WALL_MOUNT] = { .flags = CLONE_NEWUSER | CLONE_NEWNS, .run = try_mount },
	[WALL_PID] = { .flags = CLONE_NEWUSER | CLONE_NEWPID, .run = try_pid },
	[WALL_NETWORK] = { .flags = CLONE_NEWUSER, .run = try_network },
	[WALL_IPC] = { .flags = CLONE_NEWUSER | CLONE_NEWIPC, .run = try_ipc },
	[WALL_UTS] = { .flags = CLONE_NEWUSER | CLONE_NEWUTS, .run = try_uts },
	[WALL_CGROUP_NS] = { .flags = CLONE_NEWUSER | CLONE_NEWCGROUP, .run = try_cgroup_ns },
	[WALL_NO_NEW_PRIVILEGES] = { .run = try_no_new_privileges },
	[WALL_CAPABILITIES] = { .flags = CLONE_NEWUSER, .run = try_capabilities },
	[WALL_SECCOMP] = { .run = try_seccomp },
	[WALL_LANDLOCK] = { .run = try_landlock },
	[WALL_RLIMITS] = { .run = try_rlimits },
	[WALL_CGROUP] = { .run = try_cgroup },
	[WALL_NESTED_USERNS] = { .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID,
		.run = try_nested_userns },
	[WALL_TTY] = { .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC, .run = try_tty },
	[WALL_DESCRIPTORS] = { .run = try_descriptors },
	[WALL_ENVIRONMENT] = { .untried = "needs nothing of the host: execve(2) takes a new one" },
	[WALL_PROC_MASK] = { .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID,
		.run = try_proc_mask },
	[WALL_LSM_LABEL] = { .untried = "not asked for (--apparmor, --selinux-label)",
		.on_request = true },
	[WALL_DOCKER] = { .untried = "off: no socket is there", .on_request = true },
	[WALL_DOCKER_LIMITS] = { .untried = "off: nothing is made in Docker", .on_request = true },
	[WALL_EGRESS] = { .untried = "none: no connection leaves", .on_request = true },
	[WALL_TIME_LIMIT] = { .run = try_time_limit },
	[WALL_DISK] = { .flags = CLONE_NEWUSER | CLONE_NEWNS, .run = try_disk },
	[WALL_OUTPUT_LIMIT] = { .untried = "needs nothing of the host: the launcher counts" },
};

bool probe_needs_user(enum wall wall)
{
	return wall != WALL_USER && (probe_rows[wall].flags & CLONE_NEWUSER) != 0;
}

bool probe_has_trial(enum wall wall)
{
	return probe_rows[wall].run != NULL;
}

bool probe_on_request(enum wall wall)
{
	return probe_rows[wall].on_request;
}

/* An answer that says what failed. */
static void answer_failure(struct probe_answer *ret, const struct failure *f)
{
	*ret = (struct probe_answer){ .state = WALL_ABSENT, .errnum = f->errnum };
	snprintf(ret->detail, sizeof(ret->detail), "%.120s%s%s", f->what,
		f->errnum != 0 ? ": " : "", f->errnum != 0 ? strerror(f->errnum) : "");
}

static void __attribute__((noreturn)) child_main(const struct probe_row *row, int socket)
{
	struct trial trial;
	struct probe_answer answer = { .state = WALL_ENFORCED };
	struct failure f = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Its maps are written through /proc entries, which have to be ours (user.h). */
	if (user_show(&f) < 0 || write(socket, "", 1) != 1)
		_exit(1);
	if (packet_receive(socket, &trial, sizeof(trial), NULL, 0, &f) <= 0)
		_exit(1);
	if (row->run(&trial, &f) < 0) {
		answer_failure(&answer, &f);
	} else {
		answer.state = trial.state;
		snprintf(answer.detail, sizeof(answer.detail), "%s", trial.detail);
	}
	/* One message; write(2) because the filter that was tried may be a strict one. */
	_exit(write(socket, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

static void end_child(pid_t pid, int *ret_status)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
}

/* No answer came: say how the child ended. A filter that kills is a refusal too. */
static void answer_silence(struct probe_answer *ret, bool late, int status)
{
	*ret = (struct probe_answer){ .state = WALL_ABSENT };
	if (late)
		snprintf(ret->detail, sizeof(ret->detail), "no answer within %d s",
			ANSWER_WAIT_MS / 1000);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		snprintf(ret->detail, sizeof(ret->detail), "a system call filter killed the trial");
	else if (WIFSIGNALED(status))
		snprintf(ret->detail, sizeof(ret->detail), "signal %d killed the trial",
			WTERMSIG(status));
	else
		snprintf(ret->detail, sizeof(ret->detail), "the trial ended without an answer");
	if (!late && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		ret->errnum = EPERM;
}

static int map_child(
	const struct probe_row *row, pid_t pid, int socket, struct trial *trial, struct failure *f)
{
	struct user_plan plan;
	char born;

	if (recv(socket, &born, 1, 0) != 1)
		return fail(f, 0, "the trial has ended");
	if ((row->flags & CLONE_NEWUSER) == 0)
		return 0;
	user_plan("/etc", getuid(), getgid(), false, &plan);
	plan.range = plan.range && row->range;
	return user_map(pid, &plan, &trial->ids, trial->map_detail, sizeof(trial->map_detail), f);
}

static bool hear(int socket, struct probe_answer *ret, bool *ret_late)
{
	struct failure ignored;
	struct pollfd ready = { .fd = socket, .events = POLLIN };
	int n;

	do
		n = poll(&ready, 1, ANSWER_WAIT_MS);
	while (n < 0 && errno == EINTR);
	*ret_late = n == 0;
	return n == 1 &&
	       packet_receive(socket, ret, sizeof(*ret), NULL, MSG_DONTWAIT, &ignored) > 0;
}

static int run_child(const struct probe_row *row, struct probe_answer *ret, struct failure *f)
{
	struct trial trial = { .state = WALL_ENFORCED };
	own_fd int ours = -1, theirs = -1, pidfd = -1;
	int ends[2], status = 0;
	bool late = false;
	pid_t pid;

	if (proof_host(trial.host, f) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(f, errno, "make a pair of sockets");
	ours = ends[0];
	theirs = ends[1];
	pid = spawn("a trial", row->flags, -1, &pidfd, f);
	if (pid < 0)
		return -1;
	if (pid == 0)
		child_main(row, theirs); /* does not return */
	own_fd_end(&theirs);             /* so that a child that dies is heard as the end */
	if (map_child(row, pid, ours, &trial, f) < 0) {
		end_child(pid, &status);
		return -1;
	}
	/* A child that is already dead is found out below. */
	packet_send(ours, &trial, sizeof(trial), NULL, 0, f);
	if (hear(ours, ret, &late)) {
		end_child(pid, &status);
		return 0;
	}
	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	answer_silence(ret, late, status);
	return 0;
}

static void run_row(const struct probe_row *row, struct probe_answer *ret)
{
	struct failure f = { 0 };

	if (run_child(row, ret, &f) < 0)
		answer_failure(ret, &f);
	ret->detail[sizeof(ret->detail) - 1] = '\0';
	failure_sanitize(ret->detail);
}

void probe_wall(enum wall wall, struct probe_answer *ret)
{
	const struct probe_row *row = &probe_rows[wall];

	if (row->run != NULL) {
		run_row(row, ret);
		return;
	}
	*ret = (struct probe_answer){ .state = row->on_request ? WALL_ABSENT : WALL_ENFORCED };
	snprintf(ret->detail, sizeof(ret->detail), "%s", row->untried);
}

static int try_nothing(struct trial *trial, struct failure *f)
{
	(void)f;
	return trial_say(trial, "a process with a pidfd");
}

void probe_clone(struct probe_answer *ret)
{
	static const struct probe_row row = { .run = try_nothing };

	run_row(&row, ret);
}
