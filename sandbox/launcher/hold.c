#include "sandbox/launcher/hold.h"

#include "namespaces/spawn.h"
#include "sandbox/base/clock.h"
#include "sandbox/base/disposition.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/attach.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

static int visit(const char *id, struct failure *f)
{
	char name[] = "cofferdam", shell[] = "shell", attach[] = "--attach",
	     run[STATE_ID_LENGTH + 1];
	char *const argv[] = { name, shell, attach, run, NULL };
	struct config config;
	enum verb verb, topic;
	int exit_code = 125, result;

	snprintf(run, sizeof(run), "%s", id);
	/* Not KILL: it gives the terminal back. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	if (disposition_reset(f) < 0 ||
		config_read(ARRAY_LEN(argv) - 1, argv, &verb, &topic, &config, f) < 0)
		return -1;
	result = attach_run(&config, &exit_code, f);
	config_release(&config);
	return result;
}

/* No execve(2): that would make it dumpable again, and of the user that root became; who else is
 * that user could look into it and type on root's terminal. */
static void __attribute__((noreturn)) shell_main(const struct supervised *run)
{
	struct failure f = { 0 };
	char text[FAILURE_TEXT];

	/* The run's are its launcher's alone: an end of file or a lock must not wait for us. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (visit(run->reporter->outcome->id, &f) >= 0)
		_exit(0);
	progress_error(run->reporter->progress, "%s: %s", f.step, failure_text(&f, text));
	if (f.remedy[0] != '\0')
		progress_error(run->reporter->progress, "try: %s", f.remedy);
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
		shell_main(run);
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
