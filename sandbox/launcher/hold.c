#include "sandbox/launcher/hold.h"

#include "namespaces/spawn.h"
#include "sandbox/base/clock.h"
#include "sandbox/base/disposition.h"
#include "sandbox/base/own.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LEAVE_MS 2000 /* for a shell whose run has ended */

static bool is_wanted(const struct ending *ending)
{
	return ending->builder_status != 0 && !ending->stopped && ending->interrupted_by == 0;
}

/* "the command failed with exit code 2" */
static const char *how(const struct watch *w, char ret[64])
{
	int status = w->ending->builder_status;

	snprintf(ret, 64, "the command %s %d",
		WIFSIGNALED(status) ? "was ended by signal" : "failed with exit code",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return ret;
}

static void keep(struct watch *w)
{
	const struct supervised *run = w->run;
	uint64_t now = clock_now_ms();
	char text[64];

	w->hold_until_ms = timing_earlier(
		now + run->config->keep_on_failure_s * 1000, timing_limit(&w->timing, run->config));
	progress_warn(run->reporter->progress,
		"%s; its sandbox is kept for %" PRIu64 " s: cofferdam shell --attach %s",
		how(w, text), w->hold_until_ms > now ? (w->hold_until_ms - now) / 1000 : 0,
		run->reporter->outcome->id);
}

/* ---- the shell of --on-failure ---- */

static void __attribute__((noreturn)) shell_main(const char *id)
{
	struct failure unsaid;

	/* Not KILL: it gives the terminal back. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && disposition_reset(&unsaid) == 0)
		execl("/proc/self/exe", "cofferdam", "shell", "--attach", id, NULL);
	_exit(125);
}

static void open_shell(struct watch *w)
{
	const struct supervised *run = w->run;
	struct failure f;
	char text[64];
	pid_t pid;

	w->hold_until_ms = timing_limit(&w->timing, run->config);
	progress_warn(run->reporter->progress, "%s; a shell in its sandbox follows", how(w, text));
	pid = spawn("the shell", 0, -1, &w->shell_pidfd, &f);
	if (pid == 0)
		shell_main(run->reporter->outcome->id);
	if (pid < 0) {
		progress_error(run->reporter->progress, "no shell: %s", f.what);
		hold_shell_ended(w);
	}
}

static void reap_shell(struct watch *w)
{
	siginfo_t info;

	if (w->shell_pidfd >= 0)
		waitid(P_PIDFD, (id_t)w->shell_pidfd, &info, WEXITED);
	own_fd_end(&w->shell_pidfd);
}

void hold_shell_ended(struct watch *w)
{
	reap_shell(w);
	if (w->ending->keeper_ended)
		return;
	if (w->run->config->keep_on_failure_s > 0)
		keep(w);
	else
		watch_release(w);
}

void hold_end(struct watch *w)
{
	struct pollfd polls = { .fd = w->shell_pidfd, .events = POLLIN };

	if (w->shell_pidfd < 0)
		return;
	if (poll(&polls, 1, LEAVE_MS) <= 0)
		syscall(SYS_pidfd_send_signal, w->shell_pidfd, SIGKILL, NULL, 0);
	reap_shell(w);
}

/* ---- the whole ---- */

void hold_begin(struct watch *w)
{
	const struct supervised *run = w->run;
	struct cgroup_usage usage;

	if (!is_wanted(w->ending)) {
		watch_release(w);
		return;
	}
	cgroup_usage(run->cgroup, &usage);
	w->ending->held = true;
	w->ending->oom_kills = usage.oom_kills;
	watch_enter(w, STAGE_HOLD);
	w->timing.last_output_ms = 0; /* nobody is expected to write */
	streams_let_go(run->streams);
	if (run->config->on_failure == ON_FAILURE_SHELL)
		open_shell(w);
	else
		keep(w);
}
