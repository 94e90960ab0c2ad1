/* The launcher: its steps in order, and the way back.
 *
 * Whatever step fails, teardown() runs, and it takes away exactly what was made. */
#include "sandbox/launcher/launcher.h"

#include "namespaces/spawn.h"
#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/host/cause.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/leftovers.h"
#include "sandbox/launcher/scope.h"
#include "sandbox/limits/rlimits.h"
#include "sandbox/state/ledger.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUP_REMOVE_MS 2000

int launcher_degrade(struct launch *l, enum wall wall, struct failure *f, const char *fmt, ...)
{
	bool asked = l->config->strict || (l->config->required & WALL_BIT(wall)) != 0;
	char detail[sizeof(l->walls[0].detail)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	wall_set(l->outcome->walls, wall, WALL_DEGRADED, "%s", detail);
	if (!asked || (l->config->allow_degraded & WALL_BIT(wall)) != 0)
		return 0;
	fail(f, 0, "the wall \"%s\" was asked for and cannot be enforced: %s",
		wall_infos[wall].name, detail);
	return fail_remedy(f, "`cofferdam doctor` says what helps; --allow-degraded %s accepts it",
		wall_infos[wall].name);
}

/* ---- steps ---- */

static int check_identity(void *launch, struct failure *f)
{
	struct launch *l = launch;

	if (identity_check(f) < 0)
		return -1;
	return identity_find(l->config->run_as, &l->identity, f);
}

static int find_fetcher(void *launch, struct failure *f)
{
	struct launch *l = launch;
	const char *source = l->config->source;

	if (source != NULL && strcmp(source, "none") == 0)
		return 0; /* nothing is fetched */
	return plan_find_fetch(&l->fetch_exe_fd, f);
}

static int find_broker(void *launch, struct failure *f)
{
	return docker_find_broker(launch, f);
}

static int find_engine(void *launch, struct failure *f)
{
	return docker_find_engine(launch, f);
}

static int start_broker(void *launch, struct failure *f)
{
	return docker_start(launch, f);
}

/* A terminal or pipe of root's cannot be opened by the user that root becomes. It is ours
 * already, not a file that somebody named. */
static int reopen_outputs(void *launch, struct failure *f)
{
	struct launch *l = launch;

	(void)f;
	/* stdin is an output only as a terminal; a pipe of which we held the other end would
	 * never end. -1: relay.c has a way without. */
	for (int i = 0; i < 3; i++)
		l->reopened[i] = i > 0 || isatty(i) == 1 ? relay_reopen(i) : -1;
	return 0;
}

static int delegate_cgroups(void *launch, struct failure *f)
{
	struct launch *l = launch;

	if (!l->identity.was_root)
		return 0;
	return cgroup_prepare("/", l->identity.uid, l->identity.gid, f);
}

static int give_up_root(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return identity_give_up(&l->identity, f);
}

static int open_outputs(void *launch, struct failure *f)
{
	struct launch *l = launch;

	if (l->config->report != NULL && report_open(l->config->report, &l->report_dir_fd, f) < 0)
		return -1;
	return events_open(&l->events, l->config->events, l->outcome->id, f);
}

static int make_plan(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct outcome *o = l->outcome;
	int result = plan_make(l->config, &l->identity, own_fd_give(&l->fetch_exe_fd), &l->plan, f);

	o->source_url = l->plan.source.url;
	o->source_ref = l->plan.source.ref;
	o->command = l->plan.argv;
	announce_start(l);
	if (result < 0)
		return -1;
	if (!l->plan.landlock &&
		launcher_degrade(l, WALL_LANDLOCK, f, "%s",
			l->config->allow_userns
				? "off: it forbids the mounts that --allow-userns permits"
				: "this kernel has no Landlock, or it is off") < 0)
		return -1;
	if (l->config->allow_userns &&
		launcher_degrade(l, WALL_DISK, f,
			"file systems that --allow-userns lets be mounted are not counted") < 0)
		return -1;
	return docker_judge(l, f);
}

static int choose_cgroup(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct scope_job job = { .run_id = l->outcome->id, .was_root = l->identity.was_root };
	struct cgroup_manager manager = scope_manager(&job);

	return cgroup_choose(&l->cgroup, "/", &manager, f);
}

/* Where cgroup_create() is about to make the run's directories. NULL-terminated; the
 * texts are in place for as long as the array is. */
struct cgroup_paths {
	char text[CGROUP_HIERARCHIES][CGROUP_PATH_BYTES + 64];
	const char *v[CGROUP_HIERARCHIES + 1];
};

static void cgroup_paths(const struct launch *l, struct cgroup_paths *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++) {
		if (l->cgroup.at[i].parent_fd < 0)
			continue;
		snprintf(ret->text[n], sizeof(ret->text[n]), "%s/cofferdam-%s",
			l->cgroup.at[i].path, l->outcome->id);
		ret->v[n] = ret->text[n];
		n++;
	}
	ret->v[n] = NULL;
}

/* Write down the run, for gc and ps. */
static int register_now(struct launch *l, struct failure *f)
{
	struct cgroup_paths cgroups;
	struct state_facts facts = {
		.id = l->outcome->id,
		.started = l->outcome->started.tv_sec,
		.source_url = l->outcome->source_url,
		.command = (const char *const *)l->outcome->command,
		.cgroups = cgroups.v,
		.docker_socket = l->docker.engine.socket.path,
	};
	own_fd int dir_fd = -1;
	char path[256];

	if (state_dir_open(&dir_fd, path, sizeof(path), f) < 0)
		return -1;
	cgroup_paths(l, &cgroups);
	leftovers_remove_quietly(
		dir_fd, l->plan.docker); /* what an earlier run left when it was killed */
	if (state_create(&l->state, &facts, f) < 0)
		return -1;
	l->state_made = true;
	return 0;
}

static bool has_group(const struct launch *l)
{
	return cgroup_driver_limits(l->cgroup.driver);
}

static int register_group(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return has_group(l) ? register_now(l, f) : 0;
}

/* Without a group a killed run leaves nothing to find, so the keeper need not wait. */
static int register_run(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return has_group(l) ? 0 : register_now(l, f);
}

static struct cgroup_limits requested_limits(const struct config *config)
{
	return (struct cgroup_limits){
		.memory_bytes = config->memory_bytes,
		.swap_bytes = config->swap_bytes,
		.cpus_milli = config->cpus_milli,
		.pids = config->pids,
		.io_weight = config->io_weight,
	};
}

/* Which requested limit does not stand? NULL if all do. A smaller applied value is the
 * kernel's rounding. */
static const char *missing_limit(const struct cgroup_limits *asked, const struct cgroup_limits *got)
{
	if (asked->memory_bytes != UINT64_MAX && got->memory_bytes > asked->memory_bytes)
		return "memory";
	if (asked->swap_bytes != UINT64_MAX && got->swap_bytes > asked->swap_bytes)
		return "swap";
	if (asked->cpus_milli != 0 && asked->cpus_milli != UINT32_MAX &&
		got->cpus_milli != asked->cpus_milli)
		return "cpus";
	if (asked->pids != UINT32_MAX && got->pids > asked->pids)
		return "pids";
	if (asked->io_weight != 0 && got->io_weight != asked->io_weight)
		return "io-weight";
	return NULL;
}

static int judge_cgroup(struct launch *l, struct failure *f)
{
	struct outcome *o = l->outcome;
	const char *missing = missing_limit(&o->requested, &o->applied);

	o->driver = l->cgroup.driver;
	snprintf(o->driver_detail, sizeof(o->driver_detail), "%s", l->cgroup.detail);
	if (!cgroup_driver_limits(o->driver))
		return launcher_degrade(l, WALL_CGROUP, f, "%s: %s; rlimits instead",
			cgroup_driver_name(o->driver), l->cgroup.detail);
	if (missing != NULL)
		return launcher_degrade(l, WALL_CGROUP, f, "driver %s has no limit for %s: %s",
			cgroup_driver_name(o->driver), missing, l->cgroup.detail);
	wall_set(o->walls, WALL_CGROUP, WALL_ENFORCED, "driver %s, limits read back",
		cgroup_driver_name(o->driver));
	return 0;
}

static int make_cgroup(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct outcome *o = l->outcome;

	o->requested = requested_limits(l->config);
	if (cgroup_create(&l->cgroup, o->id, &o->requested, &o->applied, f) < 0)
		return -1;
	plan_limit(&l->plan, l->config, o->applied.memory_bytes != UINT64_MAX,
		o->applied.pids != UINT32_MAX);
	return 0;
}

static int judge_limits(void *launch, struct failure *f)
{
	struct launch *l = launch;

	cgroup_inherit(&l->cgroup, "/");
	return judge_cgroup(l, f);
}

int launcher_limit_again(struct launch *l, struct failure *f)
{
	struct outcome *o = l->outcome;

	o->requested = requested_limits(l->config);
	if (cgroup_driver_limits(o->driver) &&
		cgroup_limit(&l->cgroup, &o->requested, &o->applied, f) < 0)
		return -1;
	return judge_cgroup(l, f);
}

static int make_pipe(int *ret_ours, int *ret_theirs, bool they_read, struct failure *f)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	*ret_theirs = ends[they_read ? 0 : 1];
	*ret_ours = ends[they_read ? 1 : 0];
	return 0;
}

static int make_ends(void *launch, struct failure *f)
{
	struct launch *l = launch;
	const bool through_terminal[] = { l->plan.tty, l->plan.tty_out, l->plan.tty_err };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	l->socket = pair[0];
	l->ends.socket = pair[1];
	if (l->plan.source.kind != SOURCE_NONE) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
			return fail(f, errno, "make a socket pair");
		l->records = pair[0];
		l->ends.records = pair[1];
	}
	for (int i = 0; i < 3; i++)
		if (!through_terminal[i] &&
			make_pipe(&l->stdio[i], &l->ends.stdio[i], i == 0, f) < 0)
			return -1;
	l->walls = mmap(NULL, sizeof(struct wall_report) * WALL_COUNT, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->walls == MAP_FAILED) {
		l->walls = NULL;
		return fail(f, errno, "share a page with the keeper");
	}
	return 0;
}

/* Every signal that has a meaning for us is read from a descriptor from here on; a
 * signal that was ignored when we started stays so (nohup(1)). */
static int hold_signals(void *launch, struct failure *f)
{
	struct launch *l = launch;
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH,
		SIGTSTP, SIGCONT };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		if (sigaction(held[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaddset(&set, held[i]);
	/* A reader of ours that goes away is an error of write(2), not our end. */
	if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail(f, errno, "hold the signals");
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals < 0 ? fail(f, errno, "open a signalfd") : 0;
}

/* What was being done (NULL: what f says) and what on this host forbids it. False: nothing is
 * known of that. */
static bool explain(enum wall wall, const char *doing, struct failure *f)
{
	const struct failure was = *f;
	struct cause_found cause;

	if (!cause_find(wall, was.errnum, "/", &cause))
		return false;
	fail(f, was.errnum, "%.100s: %s", doing != NULL ? doing : was.what, cause.text);
	fail_remedy(f, "%s", cause.remedy);
	fail_step(f, was.step);
	return true;
}

static int explain_clone(struct failure *f)
{
	return explain(WALL_USER, "make the namespaces", f)
		       ? -1
		       : fail_remedy(f, "run `cofferdam doctor`");
}

/* Which wall the host refuses when a step of the keeper's fails. Ubuntu's AppArmor and the
 * filters of containers let the clone pass, and the first call that needs a capability not. */
static const struct {
	const char *step;
	enum wall wall;
} refused_rows[] = {
	{ "keeper: get ids", WALL_USER },
	{ "keeper: forbid regain", WALL_USER },
	{ "keeper: own names", WALL_UTS },
	{ "keeper: create the root", WALL_MOUNT },
	{ "keeper: bind the toolchain", WALL_MOUNT },
	{ "keeper: write /etc", WALL_MOUNT },
	{ "keeper: bind the devices", WALL_MOUNT },
	{ "keeper: mount the work space", WALL_DISK },
	{ "keeper: mount /proc", WALL_PROC_MASK },
	{ "keeper: enter the root", WALL_MOUNT },
	{ "keeper: open the terminal", WALL_TTY },
	{ "keeper: cut the network", WALL_NETWORK },
};

void launcher_explain(struct failure *f)
{
	if (f->errnum == 0 || f->errnum == ENOSPC || f->remedy[0] != '\0')
		return; /* what is full here is a file system, not a number of namespaces */
	for (size_t i = 0; i < ARRAY_LEN(refused_rows); i++)
		if (strcmp(refused_rows[i].step, f->step) == 0)
			explain(refused_rows[i].wall, NULL, f);
}

const char *launcher_explained(size_t i)
{
	return i < ARRAY_LEN(refused_rows) ? refused_rows[i].step : NULL;
}

static int clone_keeper(void *launch, struct failure *f)
{
	struct launch *l = launch;

	l->keeper =
		spawn("the keeper", l->plan.clone_flags, cgroup_clone_fd(&l->cgroup), &l->pidfd, f);
	if (l->keeper == 0)
		keeper_main(&l->plan, &l->ends, &l->cgroup, l->walls); /* does not return */
	if (l->keeper < 0)
		return explain_clone(f);
	own_fd_end(&l->ends.socket);
	own_fd_end(&l->ends.records);
	for (int i = 0; i < 3; i++)
		own_fd_end(&l->ends.stdio[i]);
	/* The fetcher's alone now. */
	own_fd_end(&l->plan.fetch.credential_fd);
	return 0;
}

/* Only then are its /proc entries ours; a keeper that has failed before says why. */
static int await_birth(struct launch *l, struct failure *f)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	struct message message;
	int got;

	if (!l->plan.user.range || !user_is_hidden())
		return 0;
	got = message_receive(l->socket, &message, &fds, f);
	if (got <= 0)
		return got < 0 ? -1 : fail(f, 0, "the keeper has ended");
	if (message.type == MESSAGE_FAILED) {
		*f = message.failure;
		return -1;
	}
	return message.type == MESSAGE_BORN ? 0
					    : fail(f, 0, "message %u was not due", message.type);
}

/* A range is ours to map; one id the keeper maps itself, while we go on. */
static int map_ids(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct message message = { .type = MESSAGE_MAPPED };
	char detail[160];

	snprintf(detail, sizeof(detail), "%s", l->plan.user.detail);
	if (await_birth(l, f) < 0)
		return -1;
	if (l->plan.user.range &&
		(user_map(l->keeper, &l->plan.user, &message.ids, detail, sizeof(detail), f) < 0 ||
			message_send(l->socket, &message, NULL, f) < 0))
		return -1;
	if (message.ids.range)
		wall_set(l->outcome->walls, WALL_IDS, WALL_ENFORCED, "%s", detail);
	else if (launcher_degrade(l, WALL_IDS, f, "one id inside: %s%s", detail,
			 l->plan.groups_kept > 0 ? "; supplementary groups kept" : "") < 0)
		return -1;
	return 0;
}

/* One line for all of them: design 3.7. */
static int warn_degraded(void *launch, struct failure *f)
{
	struct launch *l = launch;
	char line[512] = "";
	size_t at = 0;

	(void)f;
	for (int i = 0; i < WALL_COUNT; i++) {
		const struct wall_report *w = &l->outcome->walls[i];

		if (w->state == WALL_DEGRADED && at < sizeof(line))
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s (%s)",
				at > 0 ? ", " : "", wall_infos[i].name, w->detail);
	}
	if (at > 0) {
		progress_warn(l->progress, "degraded: %s", line);
		announce_warning(l, line);
	}
	return 0;
}

static int watch(void *launch, struct failure *f)
{
	return supervise(launch, f);
}

static const struct step steps[] = {
	{ "check who starts us", check_identity,
		"first: a set-id start is refused before anything is opened" },
	{ "find the fetcher", find_fetcher,
		"not named by the caller, and may lie where only root can look" },
	{ "find the broker", find_broker, "the same; only with --docker, as the next" },
	{ "find the engine", find_engine,
		"as whom we become: its socket may need a group that only root can give" },
	{ "start the broker", start_broker,
		"root only could keep that group; and it gets ready while all else goes on" },
	{ "reopen our outputs", reopen_outputs,
		"as who started us; whoever root becomes could not" },
	{ "delegate cgroups", delegate_cgroups, "root only: an ordinary user could not make them" },
	{ "give up root", give_up_root, "before any file that the caller named is opened" },
	{ "open report and events", open_outputs, "a run that cannot be reported is not begun" },
	{ "plan", make_plan, "every host path is resolved and opened; nothing is changed yet" },
	{ "choose the cgroup", choose_cgroup,
		"makes nothing but a scope, which ends with us; the next step writes down the rest" },
	{ "register the group", register_group, "before it exists, or gc could not find it" },
	{ "make the cgroup", make_cgroup, "the limits stand before there is a process to limit" },
	{ "make the ends", make_ends, "what crosses the clone" },
	{ "hold the signals", hold_signals, "before the clone, so that none is lost" },
	{ "clone the keeper", clone_keeper, "the plan is const from here on" },
	{ "map the ids", map_ids, "of a range, which only we may; one id the keeper maps itself" },
	{ "judge the limits", judge_limits,
		"while the keeper is at work; before anything untrusted runs" },
	{ "register the run", register_run,
		"for ps; without a group there is nothing for gc to find" },
	{ "warn of what is degraded", warn_degraded, "before anything untrusted runs" },
	{ "supervise", watch, "until the sandbox has ended" },
};

static void announce(void *launch, const char *name)
{
	announce_step(launch, name);
}

const struct steps launcher_steps = {
	.role = "launcher", .rows = steps, .n = ARRAY_LEN(steps), .begin = announce
};

/* ---- the way back ---- */

void launcher_kill(struct launch *l)
{
	if (l->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, l->pidfd, SIGKILL, NULL, 0);
	cgroup_kill(&l->cgroup);
}

void launcher_note_teardown(struct launch *l, const char *what, bool removed, const char *detail)
{
	struct outcome *o = l->outcome;
	struct teardown_row *row;

	if (o->teardown_n == ARRAY_LEN(o->teardown))
		return;
	row = &o->teardown[o->teardown_n++];
	snprintf(row->what, sizeof(row->what), "%s", what);
	snprintf(row->detail, sizeof(row->detail), "%s", detail != NULL ? detail : "");
	row->removed = removed;
	announce_teardown(l, row);
	if (!removed)
		progress_warn(
			l->progress, "left behind: %s: %s (cofferdam gc)", row->what, row->detail);
}

static void note_cgroup(void *data, const char *path, bool removed, const char *detail)
{
	launcher_note_teardown(data, path, removed, detail);
}

static uint64_t timeval_ms(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_usec / 1000;
}

/* The group's own counters, and where it has none what wait4(2) counted of the keeper
 * and all that it reaped. */
static void take_usage(struct launch *l)
{
	struct cgroup_usage *u = &l->outcome->usage;

	cgroup_usage(&l->cgroup, u);
	if (!l->keeper_ended)
		return;
	if (u->cpu_user_ms == UINT64_MAX)
		u->cpu_user_ms = timeval_ms(l->rusage.ru_utime);
	if (u->cpu_system_ms == UINT64_MAX)
		u->cpu_system_ms = timeval_ms(l->rusage.ru_stime);
	if (u->memory_peak_bytes == UINT64_MAX) /* of the largest process: all there is */
		u->memory_peak_bytes = (uint64_t)l->rusage.ru_maxrss * 1024;
}

static void reap_keeper(struct launch *l)
{
	if (l->keeper <= 0 || l->keeper_ended)
		return;
	launcher_kill(l);
	while (wait4(l->keeper, NULL, 0, &l->rusage) < 0 && errno == EINTR)
		;
	l->keeper_ended = true;
}

static void teardown(struct launch *l)
{
	struct outcome *o = l->outcome;
	uint64_t began_us = clock_now_us();

	if (l->terminal_used)
		terminal_restore(&l->terminal);
	reap_keeper(l);
	take_usage(l);
	own_fd_end(&l->work_fd); /* the last hold on the tmpfs */
	cgroup_kill(&l->cgroup);
	cgroup_remove(&l->cgroup, CGROUP_REMOVE_MS, note_cgroup, l);
	cgroup_release(&l->cgroup);
	if (docker_finish(l)) { /* gc finds what is left by it */
		state_release(&l->state);
	} else if (l->state_made) {
		bool removed = state_remove(&l->state);

		launcher_note_teardown(
			l, "state file", removed, removed ? "" : "could not be removed");
	}
	o->phase_ms[PHASE_TEARDOWN] = (double)(clock_now_us() - began_us) / 1e3;
	clock_gettime(CLOCK_REALTIME, &o->finished);
	o->wall_ms = clock_now_ms() - l->started_ms;
}

/* ---- what it all came to ---- */

static void conclude_own_end(struct launch *l)
{
	struct outcome *o = l->outcome;
	int status = l->builder_status;

	if (WIFSIGNALED(status)) {
		o->signal = WTERMSIG(status);
		o->exit_code = 128 + o->signal;
		o->cause = CAUSE_SIGNALLED;
	} else {
		o->exit_code = WEXITSTATUS(status);
		o->cause = CAUSE_EXITED;
	}
	if (o->exit_code == 0)
		return;
	/* The builder failed: was it told to, or did it run into a limit? */
	if (l->interrupted_by != 0)
		o->cause = CAUSE_INTERRUPTED;
	else if (o->usage.oom_kills != UINT64_MAX && o->usage.oom_kills > 0)
		o->cause = CAUSE_OOM;
	else if (l->disk_was_full)
		o->cause = CAUSE_DISK_FULL;
}

/* Fill exit code and cause; f is filled already when the run failed. */
static void conclude(struct launch *l, bool failed, struct failure *f)
{
	struct outcome *o = l->outcome;

	if (l->stopping) {
		o->exit_code = l->stop_cause == CAUSE_OUTPUT_LIMIT  ? 125
			       : l->stop_cause == CAUSE_INTERRUPTED ? 128 + l->interrupted_by
								    : 124;
		o->cause = l->stop_cause;
	} else if (!failed) {
		conclude_own_end(l);
	} else if (l->keeper_ended && o->usage.oom_kills != UINT64_MAX && o->usage.oom_kills > 0) {
		o->cause = CAUSE_OOM; /* it took the keeper along */
		o->exit_code = 128 + SIGKILL;
		o->signal = SIGKILL;
	} else {
		o->cause = l->stage == STAGE_FETCH && !l->docker.failed ? CAUSE_FETCH_FAILED
									: CAUSE_SETUP_FAILED;
		o->exit_code = l->failed_exit_code != 0 ? l->failed_exit_code : 125;
	}
	o->failed = failed;
	if (failed)
		o->error = *f;
}

static int make_id(char id[RUN_ID_LENGTH + 1], struct failure *f)
{
	unsigned char random[RUN_ID_LENGTH / 2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return fail(f, errno, "draw a run id");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(id + 2 * i, 3, "%02x", random[i]);
	return 0;
}

static void begin(
	struct launch *l, struct config *config, struct progress *progress, struct outcome *outcome)
{
	*l = (struct launch){
		.config = config,
		.progress = progress,
		.outcome = outcome,
		.report_dir_fd = -1,
		.fetch_exe_fd = -1,
		.ends = { .socket = -1, .records = -1, .stdio = { -1, -1, -1 } },
		.socket = -1,
		.records = -1,
		.stdio = { -1, -1, -1 },
		.reopened = { -1, -1, -1 },
		.pidfd = -1,
		.signals = -1,
		.work_fd = -1,
		.master_fd = -1,
		.started_ms = clock_now_ms(),
		.events = { .fd = -1 },
		.plan = { .fetch = { .exe_fd = -1, .credential_fd = -1 } },
	};
	docker_begin(&l->docker);
	outcome->docker.level = config->docker;
	umask(022);               /* the caller's may keep us from our own files */
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error, not our end */
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		l->cgroup.at[i].parent_fd = l->cgroup.at[i].fd = -1;
	clock_gettime(CLOCK_REALTIME, &outcome->started);
	for (int i = 0; i < PHASE_COUNT; i++)
		outcome->phase_ms[i] = -1;
	outcome->requested = outcome->applied = requested_limits(config);
	outcome->app_size_bytes = config->app_size_bytes;
	outcome->app_inodes = config->app_inodes;
	outcome->timeout_s = config->timeout_s;
	outcome->idle_timeout_s = config->idle_timeout_s;
	outcome->output_limit_bytes = config->output_limit_bytes;
	l->stage_ms = l->started_ms;
}

static void finish(struct launch *l)
{
	int *const fds[] = { &l->report_dir_fd, &l->fetch_exe_fd, &l->ends.socket, &l->ends.records,
		&l->ends.stdio[0], &l->ends.stdio[1], &l->ends.stdio[2], &l->socket, &l->records,
		&l->stdio[0], &l->stdio[1], &l->stdio[2], &l->reopened[0], &l->reopened[1],
		&l->reopened[2], &l->pidfd, &l->signals, &l->master_fd };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		own_fd_end(fds[i]);
	if (l->walls != NULL)
		munmap(l->walls, sizeof(struct wall_report) * WALL_COUNT);
	free(l->relays);
	free(l->request);
	events_release(&l->events);
	docker_release(&l->docker);
	dockerlog_release(&l->outcome->docker);
	plan_release(&l->plan);
}

/* Into the sums over all runs, where somebody wants them. */
static void count_run(const struct outcome *outcome, struct progress *progress)
{
	struct failure f = { 0 };
	own_fd int dir_fd = ledger_open(false, &f);

	if (dir_fd >= 0 && ledger_count(dir_fd, outcome, &f) < 0)
		progress_detail(progress, "this run is not counted: %s", f.what);
}

int launcher_run(struct config *config, struct progress *progress, struct outcome *outcome,
	struct failure *f)
{
	struct launch l;
	struct failure unwritten;
	bool failed;

	*outcome = (struct outcome){ 0 };
	begin(&l, config, progress, outcome);
	failed = make_id(outcome->id, f) < 0 || steps_run(&launcher_steps, &l, f) < 0;
	teardown(&l);
	conclude(&l, failed, f);
	if (failed)
		announce_error(&l, f);
	announce_end(&l);
	if (l.report_dir_fd >= 0 &&
		report_write(l.report_dir_fd, config->report, outcome, &unwritten) < 0) {
		progress_warn(progress, "the report was not written: %s: %s", unwritten.what,
			strerror(unwritten.errnum));
		if (outcome->exit_code == 0)
			outcome->exit_code =
				125; /* a run whose report is missing is not a success */
	}
	count_run(outcome, progress);
	outcome->source_url = outcome->source_ref = NULL; /* the plan's, which ends here */
	outcome->command = NULL;
	finish(&l);
	return outcome->exit_code;
}

void launcher_refuse(const char *report, const struct failure *why, struct progress *progress)
{
	struct config config = { .report = (char *)report };
	struct identity identity;
	struct outcome outcome = {
		.exit_code = 125,
		.cause = CAUSE_SETUP_FAILED,
		.failed = true,
		.error = *why,
		.driver = CGROUP_NONE,
		.requested = { .memory_bytes = UINT64_MAX,
			.swap_bytes = UINT64_MAX,
			.pids = UINT32_MAX },
		.app_size_bytes = UINT64_MAX,
		.app_inodes = UINT64_MAX,
		.output_limit_bytes = UINT64_MAX,
	};
	struct failure f;
	own_fd int dir_fd = -1;

	clock_gettime(CLOCK_REALTIME, &outcome.started);
	outcome.finished = outcome.started;
	outcome.applied = outcome.requested;
	for (int i = 0; i < PHASE_COUNT; i++)
		outcome.phase_ms[i] = -1;
	memset(&outcome.usage, 0xff, sizeof(outcome.usage)); /* nothing is known of it */
	if (identity_check(&f) < 0 || identity_find(config.run_as, &identity, &f) < 0 ||
		identity_give_up(&identity, &f) < 0 || make_id(outcome.id, &f) < 0 ||
		report_open(report, &dir_fd, &f) < 0 ||
		report_write(dir_fd, report, &outcome, &f) < 0)
		progress_warn(progress, "the report was not written: %s", f.what);
}
