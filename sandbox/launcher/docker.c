/* The launcher's side of the broker: what it may do is decided here, before root is given
 * up and before anything untrusted exists; afterwards the launcher listens, counts, and
 * at the end has everything removed. */
#include "sandbox/launcher/docker.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/auth.h"
#include "sandbox/engine/cleanup.h"
#include "sandbox/engine/control_channel.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/launcher.h"
#include "sandbox/state/journal.h"
#include "sandbox/state/ledger.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>

#define ANSWER_MS          20000 /* for the engine's first answer */
#define TEARDOWN_DOCKER_MS 30000
#define DYING_MS           500 /* from its last word, or none, to its end */
#define WORDS_A_TURN       256
#define REFUSED_A_SECOND   100 /* shown and written as events; all are counted */

void docker_begin(struct docker *docker)
{
	*docker = (struct docker){
		.engine = { .socket = { .fd = -1 } },
		.broker = BROKER_PROCESS_NONE,
		.exe_fd = -1,
		.policy_fd = -1,
		.counters_fd = -1,
		.listener_fd = -1,
		.journal_fd = -1,
	};
}

static bool is_wanted(const struct launch *l)
{
	return l->config->docker != DOCKER_OFF;
}

/* ---- the launcher's steps ---- */

int docker_find_broker(struct launch *l, struct failure *f)
{
	return is_wanted(l) ? plan_find_broker(&l->docker.exe_fd, f) : 0;
}

int docker_find_engine(struct launch *l, struct failure *f)
{
	if (!is_wanted(l))
		return 0;
	return engine_find(l->config->docker_host, &l->identity, &l->docker.engine, f);
}

static int draw_owner(char owner[33], struct failure *f)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return fail(f, errno, "draw the owner's secret");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(owner + 2 * i, 3, "%02x", random[i]);
	return 0;
}

/* Limits that were asked for hold for what the run makes in the engine too. */
static bool limits_are_required(const struct config *config)
{
	const uint64_t walls = WALL_BIT(WALL_DOCKER_LIMITS) | WALL_BIT(WALL_CGROUP);

	return (config->strict || (config->required & walls) != 0) &&
	       (config->allow_degraded & WALL_BIT(WALL_DOCKER_LIMITS)) == 0;
}

static int policy_make(struct launch *l, struct failure *f)
{
	struct config *config = l->config;
	struct engine_place *engine = &l->docker.engine;
	struct policy *policy = &l->docker.policy;

	*policy = (struct policy){
		.level = config->docker,
		.socket = engine->socket.path,
		.socket_device = engine->socket.device,
		.socket_inode = engine->socket.inode,
		.build_net = config->docker_build_net,
		.tags = config->docker_tag.v,
		.bases = config->docker_base.v,
		.pulls = config->docker_pull.v,
		.pushes = config->docker_push.v,
		.memory_bytes = config->memory_bytes,
		.swap_bytes = config->swap_bytes,
		.cpus_milli = config->cpus_milli,
		.pids = config->pids,
		.started = (uint64_t)l->outcome->started.tv_sec,
		.limits_required = limits_are_required(config),
	};
	snprintf(policy->run_id, sizeof(policy->run_id), "%s", l->outcome->id);
	if (draw_owner(policy->owner, f) < 0)
		return -1;
	if (config->docker_auth == NULL)
		return 0;
	return dockerauth_read(
		config->docker_auth, &l->identity, &policy->auths, &policy->auths_n, f);
}

/* Sealed in size, so that reading it can never end in SIGBUS. */
static int counters_make(struct docker *docker, struct failure *f)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	void *counters = MAP_FAILED;

	docker->counters_fd = memfd_create("counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (docker->counters_fd >= 0 &&
		ftruncate(docker->counters_fd, (off_t)sizeof(struct counters)) == 0 &&
		fcntl(docker->counters_fd, F_ADD_SEALS, seals) == 0)
		counters = mmap(NULL, sizeof(struct counters), PROT_READ, MAP_SHARED,
			docker->counters_fd, 0);
	if (counters == MAP_FAILED)
		return fail(f, errno, "share the counters with the broker");
	docker->counters = counters;
	return 0;
}

static struct broker_job job_of(const struct launch *l, bool cleanup)
{
	const struct docker *docker = &l->docker;

	return (struct broker_job){
		.exe_fd = docker->exe_fd,
		.policy_fd = docker->policy_fd,
		.counters_fd = cleanup ? -1 : docker->counters_fd,
		.identity = &l->identity,
		.needs_group = docker->engine.needs_group,
		.group = docker->engine.group,
		.cleanup = cleanup,
	};
}

int docker_start(struct launch *l, struct failure *f)
{
	struct docker *docker = &l->docker;
	struct broker_job job;

	if (!is_wanted(l))
		return 0;
	if (policy_make(l, f) < 0 || policy_send(&docker->policy, &docker->policy_fd, f) < 0 ||
		counters_make(docker, f) < 0)
		return -1;
	job = job_of(l, false);
	if (broker_start(&job, &docker->broker, f) < 0)
		return -1;
	own_fd_end(&docker->counters_fd);
	docker->started_ms = clock_now_ms();
	docker->stage = DOCKER_STARTED;
	return 0;
}

int docker_judge(struct launch *l, struct failure *f)
{
	struct wall_report *walls = l->outcome->walls;

	if (!is_wanted(l)) {
		wall_set(
			walls, WALL_DOCKER, WALL_ENFORCED, "off: there is no Docker socket inside");
		wall_set(
			walls, WALL_DOCKER_LIMITS, WALL_ENFORCED, "off: nothing is made in Docker");
	} else if (l->config->docker == DOCKER_RAW) {
		wall_set(walls, WALL_DOCKER_LIMITS, WALL_DEGRADED, "raw: nothing is limited");
		return launcher_degrade(l, WALL_DOCKER, f, "raw: root on the host");
	}
	return 0;
}

/* ---- the broker's words ---- */

int docker_poll_fd(const struct launch *l)
{
	return l->docker.broker.control;
}

static bool is_awaited(const struct launch *l)
{
	return l->docker.stage == DOCKER_STARTED;
}

uint64_t docker_deadline(const struct launch *l)
{
	return is_awaited(l) ? l->docker.started_ms + ANSWER_MS + l->paused_ms : UINT64_MAX;
}

bool docker_can_serve(const struct launch *l)
{
	return !is_wanted(l) || (l->docker.stage == DOCKER_ANSWERED && l->docker.listener_fd >= 0);
}

static bool pids_are_limited(const struct config *config)
{
	return config->pids != 0 && config->pids != UINT32_MAX;
}

/* Neither builder has a parameter for the processes of a step, and the default of --pids
 * is not asked for by anybody: only --pids and --strict make this fail. */
static int judge_limits(struct launch *l, struct failure *f)
{
	struct wall_report *walls = l->outcome->walls;
	int result = 0;

	if (l->docker.buildkit)
		result = launcher_degrade(l, WALL_DOCKER_LIMITS, f,
			"BuildKit of this engine does not limit the steps of a build; containers "
			"and the classic builder are limited");
	else if (pids_are_limited(l->config))
		result = launcher_degrade(l, WALL_DOCKER_LIMITS, f,
			"steps of a build: memory and cpus, not pids; containers have all limits "
			"of the run");
	else
		wall_set(walls, WALL_DOCKER_LIMITS, WALL_ENFORCED,
			"each container and each step of a build has the run's limits");
	if (result == 0 && walls[WALL_DOCKER_LIMITS].state == WALL_DEGRADED)
		progress_warn(l->progress, "docker: %s", walls[WALL_DOCKER_LIMITS].detail);
	return result;
}

/* "Docker Engine 20.10.24, API 1.41; broker confined, Landlock ABI 4" */
static int on_ready(struct launch *l, const char *note, bool buildkit, struct failure *f)
{
	struct outcome *o = l->outcome;
	const char *rest = strchr(note, ';');
	int length = rest != NULL ? (int)(rest - note) : (int)strlen(note);

	if (l->docker.stage != DOCKER_STARTED)
		return 0;
	l->docker.stage = DOCKER_ANSWERED;
	l->docker.buildkit = buildkit && l->config->docker != DOCKER_RAW;
	snprintf(o->docker.engine, sizeof(o->docker.engine), "%.*s", length, note);
	progress_detail(l->progress, "docker: %s, at %s", note, l->docker.engine.socket.path);
	if (l->config->docker == DOCKER_RAW)
		return 0;
	wall_set(o->walls, WALL_DOCKER, WALL_ENFORCED, "level %s:%s, engine %s",
		docker_level_name(l->config->docker), rest != NULL ? rest + 1 : " broker confined",
		o->docker.engine);
	if (judge_limits(l, f) == 0)
		return 0;
	l->docker.failed = true;
	return -1;
}

static void on_refused(struct launch *l, const struct control *word)
{
	uint64_t second = clock_now_ms() / 1000;

	if (second != l->docker.refused_second)
		l->docker.refused_count = 0;
	l->docker.refused_second = second;
	if (++l->docker.refused_count > REFUSED_A_SECOND)
		return;
	progress_detail(l->progress, "docker: refused %s %s: %s", word->refused.method,
		word->refused.path, word->refused.reason);
	announce_docker_refused(l, word);
}

static void on_object(struct launch *l, const struct control *word)
{
	progress_detail(l->progress, "docker: %s %s %s%s%s",
		word->type == CONTROL_MADE   ? "made"
		: word->type == CONTROL_GONE ? "removed"
					     : "could not remove",
		object_kind_name(word->kind), word->object.id,
		word->object.note[0] != '\0' ? ": " : "", word->object.note);
	announce_docker_object(l, word);
}

/* By its line `gc --images` knows later that this name is ours. A run that cannot write it has
 * still left the image, and says so. */
static void keep_image(struct launch *l, const struct control *word)
{
	struct kept_image kept = { .time = (uint64_t)time(NULL) };
	struct failure f;
	own_fd int dir_fd = ledger_open(true, &f);

	snprintf(kept.run, sizeof(kept.run), "%s", l->outcome->id);
	snprintf(kept.image, sizeof(kept.image), "%.79s", word->object.note);
	snprintf(kept.tag, sizeof(kept.tag), "%s", word->object.id);
	snprintf(kept.socket, sizeof(kept.socket), "%s", l->docker.engine.socket.path);
	if (dir_fd < 0 || ledger_keep(dir_fd, &kept, &f) < 0)
		progress_warn(l->progress, "docker: gc --images will not know of %s: %s", kept.tag,
			f.what);
}

/* What is only news. */
static void hear(void *data, const struct control *word)
{
	struct launch *l = data;

	if (word->type == CONTROL_KEPT) {
		keep_image(l, word);
		return;
	}
	dockerlog_take(&l->outcome->docker, word);
	if (word->type == CONTROL_REFUSED)
		on_refused(l, word);
	else if (word->type == CONTROL_MADE || word->type == CONTROL_GONE ||
		 word->type == CONTROL_LEFT)
		on_object(l, word);
}

static void describe_end(struct docker *docker)
{
	/* A process that dies closes its socket before it can be waited for. */
	struct pollfd ended = { .fd = docker->broker.pidfd, .events = POLLIN };
	int status = 0;

	if (docker->words.what[0] != '\0') { /* it said why itself */
		fail_step(&docker->words, "broker");
		return;
	}
	poll(&ended, 1, DYING_MS);
	if (waitpid(docker->broker.pid, &status, WNOHANG) == docker->broker.pid) {
		docker->broker.pid = 0;
		if (WIFSIGNALED(status))
			fail(&docker->words, 0, "the broker was ended by signal %d (%s)",
				WTERMSIG(status), strsignal(WTERMSIG(status)));
		else
			fail(&docker->words, 0, "the broker ended with status %d",
				WEXITSTATUS(status));
	} else {
		fail(&docker->words, 0, "the broker ended without a word");
	}
	fail_step(&docker->words, "broker");
}

/* Before the build that fails the run; then the builder goes on with a dead socket. */
static int on_end(struct launch *l, struct failure *f)
{
	struct docker *docker = &l->docker;
	bool begun = docker->stage == DOCKER_SERVING && l->stage >= STAGE_BUILD;

	describe_end(docker);
	docker->stage = DOCKER_ENDED;
	own_fd_end(&docker->broker.control);
	if (!begun) {
		docker->failed = true;
		*f = docker->words;
		return -1;
	}
	wall_set(l->outcome->walls, WALL_DOCKER, WALL_ENFORCED,
		"the broker died while the builder ran, and its socket with it: %s",
		docker->words.what);
	progress_warn(l->progress, "docker: %s; the build goes on without it", docker->words.what);
	announce_warning(l, docker->words.what);
	return 0;
}

int docker_take(struct launch *l, struct failure *f)
{
	struct docker *docker = &l->docker;
	struct control word;

	for (unsigned i = 0; i < WORDS_A_TURN && docker->broker.control >= 0; i++) {
		struct failure unheard;
		int got = control_receive(docker->broker.control, &word, NULL, false, &unheard);

		if (got < 0 && unheard.errnum == EAGAIN)
			return 0;
		if (got < 0)
			docker->words = unheard;
		else if (got > 0 && word.type == CONTROL_FAILED)
			docker->words = word.failure;
		if (got <= 0 || word.type == CONTROL_FAILED)
			return on_end(l, f);
		if (word.type != CONTROL_READY)
			hear(l, &word);
		else if (on_ready(l, word.note, word.count == 1, f) < 0)
			return -1;
	}
	return 0;
}

int docker_watch_the_clock(struct launch *l, struct failure *f)
{
	if (clock_now_ms() < docker_deadline(l))
		return 0;
	l->docker.failed = true;
	fail(f, 0, "the engine at %s does not answer within %d s", l->docker.engine.socket.path,
		ANSWER_MS / 1000);
	fail_step(f, "broker: examine the engine");
	return fail_remedy(f, "docker version says whether it is at work; --docker-host names "
			      "another one");
}

int docker_serve(struct launch *l, struct failure *f)
{
	struct docker *docker = &l->docker;
	struct control word = {
		.type = CONTROL_SERVE,
		.limits = {
			.memory_bytes = l->config->memory_bytes,
			.swap_bytes = l->config->swap_bytes,
			.cpus_milli = l->config->cpus_milli,
			.pids = l->config->pids,
		},
	};
	struct packet_fds fds = { .n = 2 };

	if (!is_wanted(l))
		return 0;
	docker->journal_fd = journal_create(l->state.dir_fd, l->outcome->id, f);
	if (docker->journal_fd < 0)
		return -1;
	fds.at[0] = docker->listener_fd;
	fds.at[1] = docker->journal_fd;
	if (control_send(docker->broker.control, &word, &fds, f) < 0)
		return fail_step(f, "broker: serve");
	own_fd_end(&docker->listener_fd); /* or a dead broker's clients would wait for ever */
	docker->stage = DOCKER_SERVING;
	docker->served = true;
	return 0;
}

/* ---- the end ---- */

/* 0, 1 if something is left, -1. */
static int cleanup_order(struct launch *l, uint64_t deadline_ms, struct failure *f)
{
	const struct control order = { .type = CONTROL_CLEANUP };
	struct docker *docker = &l->docker;

	if (docker->stage != DOCKER_SERVING)
		return fail(f, 0, "%s", docker->words.what);
	if (control_send(docker->broker.control, &order, NULL, f) < 0)
		return -1;
	return cleanup_hear(docker->broker.control, deadline_ms, hear, l, f);
}

/* The group that root could give its broker nobody can give again. */
static int cleanup_again(struct launch *l, uint64_t deadline_ms, struct failure *f)
{
	const struct broker_job job = job_of(l, true);

	broker_end(&l->docker.broker);
	if (l->docker.engine.needs_group)
		return fail(f, 0, "%s; root is given up, and with it the socket's group",
			l->docker.words.what);
	return cleanup_run(&job, l->docker.journal_fd, deadline_ms, hear, l, f);
}

static void journal_remove(const struct launch *l)
{
	char name[JOURNAL_NAME_SIZE];

	journal_name(l->outcome->id, name);
	unlinkat(l->state.dir_fd, name, 0);
}

bool docker_finish(struct launch *l)
{
	struct docker *docker = &l->docker;
	uint64_t now = clock_now_ms();
	struct failure f = { 0 };
	char what[80], detail[160] = "";
	int left;

	if (!docker->served) { /* nothing was asked of it */
		broker_end(&docker->broker);
		if (docker->journal_fd >= 0)
			journal_remove(l);
		return false;
	}
	left = cleanup_order(l, now + TEARDOWN_DOCKER_MS, &f);
	if (left < 0 && f.errnum != ETIME)
		left = cleanup_again(l, now + TEARDOWN_DOCKER_MS, &f);
	broker_end(&docker->broker);
	docker->stage = DOCKER_ENDED;
	if (docker->counters != NULL)
		l->outcome->docker.counters = *docker->counters;
	l->outcome->docker.refused_total += l->outcome->docker.counters.messages_lost;
	if (left < 0)
		snprintf(detail, sizeof(detail), "%.120s%s%.30s", f.what, f.errnum != 0 ? ": " : "",
			f.errnum != 0 ? strerror(f.errnum) : "");
	else if (left > 0)
		snprintf(detail, sizeof(detail), "%llu of them are left",
			(unsigned long long)l->outcome->docker.left.total);
	snprintf(what, sizeof(what), "docker objects of run %s", l->outcome->id);
	launcher_note_teardown(l, what, left == 0, detail);
	if (left == 0)
		journal_remove(l);
	return left != 0;
}

void docker_release(struct docker *docker)
{
	broker_end(&docker->broker);
	dockerauth_release(docker->policy.auths, docker->policy.auths_n);
	engine_release(&docker->engine);
	own_fd_end(&docker->exe_fd);
	own_fd_end(&docker->policy_fd);
	own_fd_end(&docker->counters_fd);
	own_fd_end(&docker->listener_fd);
	own_fd_end(&docker->journal_fd);
	if (docker->counters != NULL)
		munmap((void *)docker->counters, sizeof(struct counters));
	docker_begin(docker);
}
