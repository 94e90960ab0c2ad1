/* The launcher: its steps in order, and the way back.
 *
 *   launcher ──────────┬────────────────────────────┬───────────────────┐
 *    of the host,      │ clone3: user mount pid ipc │ clone3, exec      │ clone, exec
 *    no privilege      │ uts [net]                  │                   │
 *      │               ▼                            ▼                   ▼
 *      │ messages   keeper                       cofferdam-broker    cofferdam-scope
 *      ├──────────►  PID 1 of the sandbox         with --docker       asks the user's systemd
 *      │ records     ├─► fetcher, cofferdam-fetch                     for a scope, and is gone
 *      ├──────────────►   the stranger's git, gone before the build
 *      │ stdio       └─► builder
 *      ├──────────────►   the untrusted command
 *      │ control                                    ▲      │
 *      └────────────────────────────────────────────┘      └──► the engine's socket
 *
 * We are the only process that knows the whole of a run, and the only one without walls: so we
 * decide everything before the first clone, read of the others only what has a fixed form, and
 * do nothing for them afterwards but watch. The keeper does what the plan says and parses
 * nothing. The broker is born before root is given up, because its socket may need a group that
 * only root can lend; it shares nothing with the sandbox but the listener that the keeper made
 * and we passed on. Whoever of them dies, dies alone; when we die, all of them do (parent-death
 * signals, the PID namespace), and `cofferdam gc` finds by the state file what a machine keeps.
 *
 * Whatever step fails, launch_teardown() runs, and it takes away exactly what was made. */
#include "sandbox/launcher/launcher.h"

#include "namespaces/spawn.h"
#include "sandbox/base/own.h"
#include "sandbox/base/random.h"
#include "sandbox/base/step_clock.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/closing.h"
#include "sandbox/launcher/conclusion.h"
#include "sandbox/launcher/degrade.h"
#include "sandbox/launcher/front.h"
#include "sandbox/launcher/kept_cache.h"
#include "sandbox/launcher/kept_image.h"
#include "sandbox/launcher/launch.h"
#include "sandbox/launcher/leftovers.h"
#include "sandbox/launcher/login.h"
#include "sandbox/launcher/neighbours.h"
#include "sandbox/launcher/results.h"
#include "sandbox/launcher/run_group.h"
#include "sandbox/launcher/scope.h"
#include "sandbox/launcher/step_cause.h"
#include "sandbox/launcher/supervise.h"
#include "sandbox/plan/host_credential.h"
#include "sandbox/plan/program.h"
#include "sandbox/plan/secret_plan.h"
#include "sandbox/report/provenance.h"
#include "sandbox/report/report.h"
#include "sandbox/report/summary.h"
#include "sandbox/state/ledger.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

/* ---- steps ---- */

static int check_identity(void *launch, struct failure *f)
{
	struct launch *l = launch;

	if (identity_check(f) < 0)
		return -1;
	return identity_find(l->config->run_as, &l->identity, f);
}

static int take_credentials(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return host_credentials_take(l->config, &l->identity, f);
}

static int find_fetcher(void *launch, struct failure *f)
{
	struct launch *l = launch;
	const char *source = l->config->source;

	if (source != NULL && strcmp(source, "none") == 0)
		return 0; /* nothing is fetched */
	return program_find_fetch(&l->fetch_exe_fd, f);
}

static int find_broker(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return docker_find_broker(&l->docker, f);
}

static int find_engine(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return docker_find_engine(&l->docker, f);
}

static int start_broker(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return docker_start(&l->docker, f);
}

static int find_gateway(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return egress_find(&l->egress, f);
}

static int start_gateway(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return egress_start(&l->egress, f);
}

static int reopen_outputs(void *launch, struct failure *f)
{
	struct launch *l = launch;

	(void)f;
	streams_reopen(&l->streams);
	return 0;
}

static int delegate_cgroups(void *launch, struct failure *f)
{
	struct launch *l = launch;

	if (!l->identity.was_root)
		return 0;
	return cgroup_prepare("/", l->identity.uid, l->identity.gid, front_pid(), f);
}

static int give_up_root(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return identity_give_up(&l->identity, f);
}

static int open_outputs(void *launch, struct failure *f)
{
	struct launch *l = launch;
	const struct config *c = l->config;

	if (c->report != NULL && report_open(c->report, &l->report_dir_fd, f) < 0)
		return -1;
	if (statement_open(&l->statement, c, f) < 0)
		return -1;
	if (c->log != NULL) {
		if (outputlog_open(&l->log, c->log, c->log_format, c->log_size_bytes, f) < 0)
			return -1;
		l->streams.log = &l->log;
	}
	return events_open(&l->events, c->events, l->reporter.outcome->id, f);
}

static int make_plan(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct outcome *o = l->reporter.outcome;
	int result = plan_make(l->config, &l->identity, own_fd_give(&l->fetch_exe_fd), &l->plan, f);

	l->ending.source_failed = l->plan.source_failed;
	l->ending.exit_code = l->plan.exit_code;
	if (result == 0)
		result = egress_plan(&l->egress, &l->plan.net, f);
	if (result == 0)
		result = login_check(l->config, &l->plan.source, &l->egress.rules, f);
	if (result == 0)
		result = statement_plan(&l->statement, &l->plan, f);
	o->source_url = l->plan.source.url;
	o->source_ref = l->plan.source.ref;
	o->image_digest = result == 0 && l->plan.image != NULL ? l->plan.image->digest : NULL;
	o->command = l->plan.argv;
	o->profile = l->config->seccomp;
	announce_start(&l->events, o);
	if (result < 0)
		return -1;
	if (l->config->limits.cpus_milli != LIMIT_NONE || l->plan.source.kind != SOURCE_NONE)
		l->plan.processor_first = neighbours_processor(l->config->limits.cpus_milli);
	if (l->plan.net.full &&
		degrade(l->config, o->walls, WALL_EGRESS, f, "%s", NET_FULL_DETAIL) < 0)
		return -1;
	if (!l->plan.landlock &&
		degrade(l->config, o->walls, WALL_LANDLOCK, f, "%s",
			l->config->allow_userns
				? "off: it forbids the mounts that --allow-userns permits"
				: "this kernel has no Landlock, or it is off") < 0)
		return -1;
	if (l->config->allow_userns &&
		degrade(l->config, o->walls, WALL_DISK, f,
			"file systems that --allow-userns lets be mounted are not counted") < 0)
		return -1;
	return docker_judge(&l->docker, f);
}

static int plan_artifacts(void *launch, struct failure *f)
{
	struct launch *l = launch;
	const char *home = l->identity.home[0] != '\0' ? l->identity.home : NULL;

	if (artifact_plan_make(l->config, l->plan.clone, home, &l->artifacts, f) < 0 ||
		results_plan(l, f) < 0)
		return -1;
	l->plan.artifacts = l->artifacts.rows_n > 0 || l->plan.root.caches_n > 0;
	l->plan.stdout_is_kept = l->artifacts.tar;
	return 0;
}

static int look_into_stores(void *launch, struct failure *f)
{
	struct launch *l = launch;

	(void)f; /* without a store the image is unpacked, caches are empty, and all is fetched */
	kept_image_take(l->config, &l->plan);
	kept_cache_take(l->config, &l->plan, &l->caches, &l->reporter);
	kept_source_take(l->config, &l->plan, &l->kept, &l->reporter);
	l->plan.artifacts = l->plan.artifacts || l->plan.fetch.mirror;
	return 0;
}

static int choose_cgroup(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct scope_job job = { .run_id = l->reporter.outcome->id,
		.was_root = l->identity.was_root };
	struct cgroup_manager manager = scope_manager(&job);

	return cgroup_choose(&l->cgroup, "/", &manager, f);
}

/* Write down the run, for gc and ps. */
static int register_now(struct launch *l, struct failure *f)
{
	const struct outcome *o = l->reporter.outcome;
	struct run_group_paths cgroups;
	const char *places[ARTIFACT_ROWS + 1] = { NULL };
	const struct state_facts facts = {
		.id = o->id,
		.started = o->started.tv_sec,
		.source_url = o->source_url,
		.command = (const char *const *)o->command,
		.cgroups = cgroups.v,
		.docker_socket = l->docker.engine.socket.path,
		.artifact_places = places,
	};
	own_fd int dir_fd = -1;
	char path[256];

	for (size_t i = 0; i < l->artifacts.places_n; i++)
		places[i] = l->artifacts.places[i].path;
	if (state_dir_open(&dir_fd, path, sizeof(path), f) < 0)
		return -1;
	run_group_paths(&l->cgroup, o->id, &cgroups);
	/* What an earlier run left when it was killed. */
	leftovers_remove_quietly(dir_fd, l->plan.docker);
	if (state_create(&l->state, &facts, f) < 0)
		return -1;
	l->state_made = true;
	return 0;
}

static int register_group(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return cgroup_driver_limits(l->cgroup.driver) ? register_now(l, f) : 0;
}

static int make_cgroup(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct outcome *o = l->reporter.outcome;

	if (run_group_make(&l->cgroup, l->config, o, f) < 0)
		return -1;
	plan_limit(&l->plan, l->config, &o->applied);
	run_group_show(&l->cgroup, &l->plan.root);
	return 0;
}

static int make_ends(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return ends_make(&l->ends, &l->plan, f);
}

/* Every signal that has a meaning for us is read from a descriptor from here on; a
 * signal that was ignored when we started stays so (nohup(1)). */
static int hold_signals(void *launch, struct failure *f)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH,
		SIGTSTP, SIGCONT };
	struct launch *l = launch;
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		if (sigaction(held[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaddset(&set, held[i]);
	/* A reader of ours that goes away is an error of write(2), not our end. */
	if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail(f, errno, "hold the signals");
	l->signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals_fd < 0 ? fail(f, errno, "open a signalfd") : 0;
}

static int clone_keeper(void *launch, struct failure *f)
{
	struct launch *l = launch;

	l->keeper =
		spawn("the keeper", l->plan.clone_flags, cgroup_clone_fd(&l->cgroup), &l->pidfd, f);
	if (l->keeper == 0)
		keeper_main(
			&l->plan, &l->ends.theirs, &l->cgroup, l->ends.page); /* does not return */
	if (l->keeper < 0)
		return step_cause_explain_clone(f);
	ends_close_theirs(&l->ends);
	/* The fetcher's alone now. */
	own_fd_end(&l->plan.fetch.credential_fd);
	secret_plan_forget(&l->plan.root);
	host_credentials_forget(l->config);
	return 0;
}

/* Only then are its /proc entries ours; a keeper that has failed before says why. */
static int await_birth(const struct launch *l, struct failure *f)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	struct message message;
	int got;

	if (!l->plan.user.range || !user_is_hidden())
		return 0;
	got = message_receive(l->ends.socket, &message, &fds, f);
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
	const struct user_plan *user = &l->plan.user;
	struct wall_report *walls = l->reporter.outcome->walls;
	struct message message = { .type = MESSAGE_MAPPED };
	char detail[160];

	snprintf(detail, sizeof(detail), "%s", user->detail);
	if (await_birth(l, f) < 0)
		return -1;
	if (user->range &&
		(user_map(l->keeper, user, &message.ids, detail, sizeof(detail), f) < 0 ||
			message_send(l->ends.socket, &message, NULL, f) < 0))
		return -1;
	if (!message.ids.range)
		return degrade(l->config, walls, WALL_IDS, f, "one id inside: %s%s", detail,
			l->plan.groups_kept > 0 ? "; supplementary groups kept" : "");
	wall_set(walls, WALL_IDS, WALL_ENFORCED, "%s", detail);
	return 0;
}

/* The keeper builds all of the root but its /etc meanwhile: a host with many tools has hundreds of
 * files to look at. One that has failed in between is gone, and has left a message of why. */
static int find_public(void *launch, struct failure *f)
{
	struct launch *l = launch;
	struct message message = { .type = MESSAGE_PUBLIC };
	struct failure unsent;

	if (plan_public(&l->plan, &message.public, f) < 0)
		return -1;
	if (message_send(l->ends.socket, &message, NULL, &unsent) == 0 || unsent.errnum == EPIPE ||
		unsent.errnum == ECONNRESET) /* with something unread */
		return 0;
	*f = unsent;
	return -1;
}

static int judge_limits(void *launch, struct failure *f)
{
	struct launch *l = launch;

	cgroup_inherit(&l->cgroup, "/");
	return run_group_judge(&l->cgroup, l->config, l->reporter.outcome, f);
}

/* Without a group a killed run leaves nothing to find, so the keeper need not wait. */
static int register_run(void *launch, struct failure *f)
{
	struct launch *l = launch;

	return cgroup_driver_limits(l->cgroup.driver) ? 0 : register_now(l, f);
}

/* One line for all of them, but for what the user knows already. */
static int warn_degraded(void *launch, struct failure *f)
{
	struct launch *l = launch;
	uint64_t accepted = l->config->allow_degraded;
	char line[DEGRADE_LIST_SIZE];

	(void)f;
	degrade_list(l->reporter.outcome->walls, accepted, line);
	if (line[0] != '\0')
		progress_detail(l->reporter.progress, "degraded, as accepted: %s", line);
	degrade_list(l->reporter.outcome->walls, ~accepted, line);
	if (line[0] == '\0')
		return 0;
	progress_warn(l->reporter.progress, "degraded: %s", line);
	announce_warning(&l->events, line);
	return 0;
}

static int watch(void *launch, struct failure *f)
{
	struct launch *l = launch;
	const struct supervised run = {
		.config = l->config,
		.plan = &l->plan,
		.reporter = &l->reporter,
		.cgroup = &l->cgroup,
		.state = &l->state,
		.docker = &l->docker,
		.egress = &l->egress,
		.ends = &l->ends,
		.caches = &l->caches,
		.kept = &l->kept,
		.door = &l->door,
		.streams = &l->streams,
		.was_root = l->identity.was_root,
		.keeper = l->keeper,
		.pidfd = l->pidfd,
		.signals_fd = l->signals_fd,
		.started_ms = l->started_ms,
	};

	return supervise(&run, &l->ending, f);
}

static const struct step steps[] = {
	{ "check who starts us", check_identity,
		"first: a set-id start is refused before anything is opened" },
	{ "take the credentials", take_credentials,
		"before any process that gets one; only with --credential" },
	{ "find the fetcher", find_fetcher,
		"not named by the caller, and may lie where only root can look" },
	{ "find the broker", find_broker, "the same; only with --docker, as the next" },
	{ "find the engine", find_engine,
		"as whom we become: its socket may need a group that only root can give" },
	{ "find the gateway", find_gateway, "the same; only with --net allow:, as the next" },
	{ "start the gateway", start_gateway,
		"root only could keep it from being looked into; it gets ready meanwhile" },
	{ "start the broker", start_broker,
		"root only could keep that group; and it gets ready while all else goes on" },
	{ "reopen our outputs", reopen_outputs,
		"as who started us; whoever root becomes could not" },
	{ "delegate cgroups", delegate_cgroups, "root only: an ordinary user could not make them" },
	{ "give up root", give_up_root, "before any file that the caller named is opened" },
	{ "open report and events", open_outputs, "a run that cannot be reported is not begun" },
	{ "plan", make_plan, "every host path is resolved and opened; nothing is changed yet" },
	{ "open the artifacts' places", plan_artifacts,
		"before there is a build whose results have none" },
	{ "look into the stores", look_into_stores,
		"when nothing more can be refused: it may wait for a run that unpacks the same" },
	{ "choose the cgroup", choose_cgroup,
		"makes nothing but a scope, which ends with us; the next step writes down the rest" },
	{ "register the group", register_group, "before it exists, or gc could not find it" },
	{ "make the cgroup", make_cgroup, "the limits stand before there is a process to limit" },
	{ "make the ends", make_ends, "what crosses the clone" },
	{ "hold the signals", hold_signals, "before the clone, so that none is lost" },
	{ "clone the keeper", clone_keeper, "the plan is const from here on" },
	{ "map the ids", map_ids, "of a range, which only we may; one id the keeper maps itself" },
	{ "find the public part of /etc", find_public,
		"the keeper has no use for it before, and is at work meanwhile, as in the next" },
	{ "judge the limits", judge_limits,
		"while the keeper is at work; before anything untrusted runs" },
	{ "register the run", register_run,
		"for ps; without a group there is nothing for gc to find" },
	{ "warn of what is degraded", warn_degraded, "before anything untrusted runs" },
	{ "supervise", watch, "until the sandbox has ended" },
};

static void announce(void *launch, const char *name)
{
	struct launch *l = launch;

	announce_step(&l->events, name);
	if (l->config->verbose > 1)
		progress_detail(l->reporter.progress, "step: %s", name);
}

const struct steps launcher_steps = {
	.role = "launcher", .rows = steps, .n = ARRAY_LEN(steps), .begin = announce
};

/* ---- the whole ---- */

/* What was to be kept of a run and is not. A run that was well is not any more; of one that was
 * not, why it ended is the error, and this is said beside it, also with --quiet. */
static bool not_kept(
	struct launch *l, const char *step, struct failure *unwritten, struct failure *f)
{
	struct outcome *o = l->reporter.outcome;
	char text[FAILURE_TEXT];

	if (o->exit_code != 0) {
		progress_error(l->reporter.progress, "%s: %s", step, failure_text(unwritten, text));
		return false;
	}
	fail_step(unwritten, step);
	o->cause = CAUSE_ARTIFACT_FAILED;
	o->exit_code = 125;
	o->failed = true;
	o->error = *f = *unwritten;
	return true;
}

static bool end_log(struct launch *l, struct failure *f)
{
	struct failure unwritten = { 0 };
	char text[FAILURE_TEXT];

	if (outputlog_end(&l->log, &unwritten) == 0)
		return false;
	announce_warning(&l->events, failure_text(&unwritten, text));
	return not_kept(l, "launcher: write the log", &unwritten, f);
}

static bool write_statement(struct launch *l, struct failure *f)
{
	struct failure unwritten = { 0 };

	if (statement_write(&l->statement, l->config, &l->plan, l->reporter.outcome, &unwritten) ==
			0 ||
		!not_kept(l, "launcher: write the provenance", &unwritten, f))
		return false;
	/* That is the build's doing, and would be so again. */
	if (provenance_subjects(l->reporter.outcome) == 0)
		l->reporter.outcome->cause = CAUSE_ARTIFACT_MISSING;
	return true;
}

/* The last, for it tells of all the others. */
static bool write_report(struct launch *l, struct failure *f)
{
	struct failure unwritten = { 0 };

	return l->report_dir_fd >= 0 &&
	       report_write(l->report_dir_fd, l->config->report, l->reporter.outcome, &unwritten) <
		       0 &&
	       not_kept(l, "launcher: write the report", &unwritten, f);
}

/* After the artifacts: a build whose result could not be taken was not well. */
static void keep_caches(struct launch *l)
{
	const struct kept_cache_terms terms = { .config = l->config,
		.plan = &l->plan,
		.news = l->ends.page != NULL ? l->ends.page->caches : NULL,
		.user_fd = l->ends.user_fd,
		.signals_fd = l->signals_fd,
		.dead = l->ending.keeper_ended };

	kept_cache_keep(&l->caches, &terms, &l->reporter);
	kept_source_finish(&l->kept, &l->reporter);
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
	bool failed;

	launch_begin(&l, config, progress, outcome);
	failed = random_hex(outcome->id, f) < 0 || (config->timings && step_clock_start(f) < 0) ||
		 steps_run(&launcher_steps, &l, f) < 0;
	launch_stop(&l);
	conclude(&l.ending, failed ? f : NULL, l.docker.failed || l.egress.failed, outcome);
	closing_words(&l.ending, config, outcome, &outcome->closing);
	if (failed && outcome->cause == CAUSE_OOM)
		*f = outcome->error = outcome->closing; /* what took the sandbox along */
	if (results_take(&l, f) < 0)
		failed = true;
	keep_caches(&l);
	launch_teardown(&l);
	outcome->timings = step_clock_rows(&outcome->timings_n);
	failed |= end_log(&l, f);
	failed |= write_statement(&l, f);
	if (failed)
		announce_error(&l.events, f);
	announce_end(&l.events, outcome, config->report);
	(void)write_report(&l, f);
	count_run(outcome, progress);
	summary_print(progress, outcome, config);
	launch_release(&l);
	return outcome->exit_code;
}
