#include "sandbox/doctor/wall_probe_process.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/host/facts.h"
#include "sandbox/launcher/scope.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/limits/cgroup_host.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/landlock.h"
#include "sandbox/report/outcome.h"
#include "seccomp/filter.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

int try_no_new_privileges(struct trial *trial, struct failure *f)
{
	return caps_no_new_privileges(f) < 0 ? -1 : trial_say(trial, "set and read back");
}

int try_capabilities(struct trial *trial, struct failure *f)
{
	if (caps_forbid_regain(CAPS_NONE, f) < 0 || caps_drop(CAPS_NONE, f) < 0 ||
		caps_prove(CAPS_NONE, f) < 0)
		return -1;
	return trial_say(trial, "five sets empty, securebits locked, read back");
}

/* How many filters this process is under; 0 on kernels before 5.9, which do not say. */
static uint64_t filters(void)
{
	char text[16];

	if (!facts_field("/", "/proc/self/status", "Seccomp_filters:", text, sizeof(text)))
		return 0;
	return strtoull(text, NULL, 10);
}

/* setns(2) with no descriptor is EBADF for everybody. Where an outer filter says EPERM
 * already, that proves nothing of ours, and the kernel's count of filters has to. */
int try_seccomp(struct trial *trial, struct failure *f)
{
	struct filter filter = filter_builtin(FILTER_BUILDER);
	uint64_t before = filters();
	bool open_before = setns(-1, 0) < 0 && errno == EBADF;

	if (caps_no_new_privileges(f) < 0 || filter_install(&filter, f) < 0)
		return -1;
	if (setns(-1, 0) == 0 || errno != EPERM)
		return fail(f, 0, "a refused call was not refused by the filter");
	if (!open_before && filters() != before + 1)
		return fail(f, 0, "the filter was installed and is not counted");
	return trial_say(trial, "%u instructions", filter.length);
}

int try_landlock(struct trial *trial, struct failure *f)
{
	static const struct landlock_rule rules[] = {
		{ "/usr", LANDLOCK_LIST | LANDLOCK_READ | LANDLOCK_RUN },
	};
	own_fd int permitted = -1, refused = -1;
	int abi = landlock_abi();

	if (caps_no_new_privileges(f) < 0 || landlock_restrict(rules, ARRAY_LEN(rules), 0, f) < 0)
		return -1;
	permitted = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (permitted < 0)
		return fail(f, errno, "open what a Landlock rule permits");
	refused = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (refused >= 0)
		return fail(f, 0, "what no Landlock rule permits could be opened");
	if (errno != EACCES)
		return fail(f, errno, "see Landlock refuse with EACCES");
	return trial_say(trial, "ABI %d%s", abi,
		abi >= 6 ? ": files, abstract sockets, signals" : ": files");
}

int try_rlimits(struct trial *trial, struct failure *f)
{
	const struct rlimit none = { 1, 1 }; /* see rlimits.c */
	struct rlimit now;

	if (setrlimit(RLIMIT_CORE, &none) < 0 || getrlimit(RLIMIT_CORE, &now) < 0)
		return fail(f, errno, "set a resource limit");
	if (now.rlim_cur != 1 || now.rlim_max != 1)
		return fail(f, 0, "a resource limit was set and is not there");
	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return fail(f, errno, "read the limit of open files");
	return trial_say(trial, "open files at most %llu", (unsigned long long)now.rlim_max);
}

/* A group of our own, with limits like a run's, made and removed. */
static int group_try(struct cgroup *cg, struct limits *applied, struct failure *f)
{
	const struct limits limits = {
		.memory_bytes = UINT64_C(64) << 20,
		.swap_bytes = 0,
		.cpus_milli = 1000,
		.pids = 64,
		.io_weight = LIMIT_NONE,
	};
	unsigned char bytes[RUN_ID_LENGTH / 2];
	char id[RUN_ID_LENGTH + 1];
	int result;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return fail(f, errno, "draw a name for a control group");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	result = cgroup_create(cg, id, &limits, applied, f);
	cgroup_remove(cg, 1000, NULL, NULL);
	return result;
}

int try_cgroup(struct trial *trial, struct failure *f)
{
	struct scope_job job = { .run_id = NULL };
	struct cgroup_manager manager = scope_manager(&job);
	struct cgroup cg;
	struct limits applied = limits_none;
	int result = 0;
	bool memory = false, pids = false;

	if (cgroup_choose(&cg, "/", &manager, f) < 0)
		return -1;
	cgroup_inherit(&cg, "/");
	if (cg.driver == CGROUP_SYSTEMD) { /* to try it would leave a unit in the user's journal */
		memory = (cg.at[0].controllers & CONTROLLER_MEMORY) != 0;
		pids = (cg.at[0].controllers & CONTROLLER_PIDS) != 0;
	} else if (cgroup_driver_limits(cg.driver)) {
		result = group_try(&cg, &applied, f);
		memory = result == 0 && applied.memory_bytes != LIMIT_NONE;
		pids = result == 0 && applied.pids != LIMIT_NONE;
	}
	if (!memory || !pids)
		trial->state = WALL_DEGRADED;
	trial_say(trial, "%s: %s", cgroup_driver_name(cg.driver), cg.detail);
	cgroup_release(&cg);
	return result;
}

int try_descriptors(struct trial *trial, struct failure *f)
{
	own_fd int fd = fcntl(0, F_DUPFD, 10); /* left open across exec, as a leak would be */

	if (fd < 0)
		fd = open("/dev/null", O_RDONLY);
	if (fd < 0)
		return fail(f, errno, "open a descriptor to close");
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return fail(f, errno, "close_range");
	if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		return fail(f, 0, "a descriptor would have stayed open");
	return trial_say(trial, "close_range: 0, 1 and 2 stay");
}

/* What ends a builder that is late: a timer, and a signal by pidfd. */
static int end_by_timer(int pidfd, pid_t pid, struct failure *f)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	own_fd int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct pollfd ready = { .fd = timer, .events = POLLIN };
	int status;

	if (timer < 0 || timerfd_settime(timer, 0, &soon, NULL) < 0 || poll(&ready, 1, 1000) != 1)
		return fail(f, errno, "wait for a timer");
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
		return fail(f, errno, "signal a process by its pidfd");
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return fail(f, 0, "a process outlived its time limit");
	return 0;
}

int try_time_limit(struct trial *trial, struct failure *f)
{
	own_fd int pidfd = -1;
	pid_t pid = spawn("a late process", 0, -1, &pidfd, f);

	if (pid < 0)
		return -1;
	if (pid == 0)
		for (;;)
			pause();
	if (end_by_timer(pidfd, pid, f) < 0) {
		kill(pid, SIGKILL);
		return -1;
	}
	return trial_say(trial, "timer and pidfd");
}
