/* The launcher's side of the broker: what it may do is decided here, before root is given
 * up and before anything untrusted exists; afterwards the launcher listens, counts, and
 * at the end has everything removed. */
#include "sandbox/launcher/docker.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/auth.h"
#include "sandbox/engine/control_channel.h"
#include "sandbox/engine/policy_file.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/degrade.h"
#include "sandbox/launcher/docker_policy.h"
#include "sandbox/plan/program.h"
#include "sandbox/state/journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define ANSWER_MS       20000 /* for the engine's first answer */
#define DYING_MS        500   /* from its last message, or none, to its end */
#define MESSAGES_A_TURN 256

void docker_begin(struct docker *docker, const struct config *config,
	const struct identity *identity, const struct reporter *reporter)
{
	*docker = (struct docker){
		.config = config,
		.identity = identity,
		.reporter = reporter,
		.engine = { .socket = { .fd = -1 } },
		.broker = COMPANION_NONE,
		.exe_fd = -1,
		.policy_fd = -1,
		.counters_fd = -1,
		.listener_fd = -1,
		.journal_fd = -1,
	};
}

static bool is_wanted(const struct docker *docker)
{
	return docker->config->docker != DOCKER_OFF;
}

/* ---- the launcher's steps ---- */

int docker_find_broker(struct docker *docker, struct failure *f)
{
	return is_wanted(docker) ? program_find_broker(&docker->exe_fd, f) : 0;
}

int docker_find_engine(struct docker *docker, struct failure *f)
{
	if (!is_wanted(docker))
		return 0;
	return engine_find(docker->config->docker_host, docker->identity, &docker->engine, f);
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

struct companion_job docker_job(const struct docker *docker, bool cleanup)
{
	return (struct companion_job){
		.kind = &broker_kind,
		.mode = cleanup ? "--cleanup" : "--serve",
		.exe_fd = docker->exe_fd,
		.policy_fd = docker->policy_fd,
		.extra_fd = cleanup ? -1 : docker->counters_fd,
		.identity = docker->identity,
		.needs_group = docker->engine.needs_group,
		.group = docker->engine.group,
	};
}

int docker_start(struct docker *docker, struct failure *f)
{
	struct companion_job job;

	if (!is_wanted(docker))
		return 0;
	if (docker_policy_make(docker->config, docker->identity, &docker->engine,
		    docker->reporter->outcome, &docker->policy, f) < 0 ||
		policy_file_make(&docker->policy, &docker->policy_fd, f) < 0 ||
		counters_make(docker, f) < 0)
		return -1;
	job = docker_job(docker, false);
	if (companion_start(&job, &docker->broker, f) < 0)
		return -1;
	own_fd_end(&docker->counters_fd);
	docker->news = (struct docker_news){ .reporter = docker->reporter,
		.socket = docker->engine.socket.path };
	docker->started_ms = clock_now_ms();
	docker->stage = DOCKER_STARTED;
	return 0;
}

int docker_judge(struct docker *docker, struct failure *f)
{
	struct wall_report *walls = docker->reporter->outcome->walls;

	if (!is_wanted(docker)) {
		wall_set(
			walls, WALL_DOCKER, WALL_ENFORCED, "off: there is no Docker socket inside");
		wall_set(
			walls, WALL_DOCKER_LIMITS, WALL_ENFORCED, "off: nothing is made in Docker");
	} else if (docker->config->docker == DOCKER_RAW) {
		wall_set(walls, WALL_DOCKER_LIMITS, WALL_DEGRADED, "raw: nothing is limited");
		return degrade(docker->config, walls, WALL_DOCKER, f, "raw: root on the host");
	}
	return 0;
}

/* ---- the broker's messages ---- */

int docker_poll_fd(const struct docker *docker)
{
	return docker->broker.control;
}

static bool is_awaited(const struct docker *docker)
{
	return docker->stage == DOCKER_STARTED;
}

uint64_t docker_deadline(const struct docker *docker, uint64_t paused_ms)
{
	return is_awaited(docker) ? docker->started_ms + ANSWER_MS + paused_ms : UINT64_MAX;
}

bool docker_can_serve(const struct docker *docker)
{
	return !is_wanted(docker) || (docker->stage == DOCKER_ANSWERED && docker->listener_fd >= 0);
}

static bool pids_are_limited(const struct config *config)
{
	return config->limits.pids != LIMIT_NONE;
}

/* Neither builder has a parameter for the processes of a step, and the default of --pids
 * is not asked for by anybody: only --pids and --strict make this fail. */
static int judge_limits(struct docker *docker, struct failure *f)
{
	struct wall_report *walls = docker->reporter->outcome->walls;
	int result = 0;

	if (docker->buildkit)
		result = degrade(docker->config, walls, WALL_DOCKER_LIMITS, f,
			"BuildKit of this engine does not limit the steps of a build; containers "
			"and the classic builder are limited");
	else if (pids_are_limited(docker->config))
		result = degrade(docker->config, walls, WALL_DOCKER_LIMITS, f,
			"steps of a build: memory and cpus, not pids; containers have all limits "
			"of the run");
	else
		wall_set(walls, WALL_DOCKER_LIMITS, WALL_ENFORCED,
			"each container and each step of a build has the run's limits");
	if (result == 0 && walls[WALL_DOCKER_LIMITS].state == WALL_DEGRADED)
		progress_warn(
			docker->reporter->progress, "docker: %s", walls[WALL_DOCKER_LIMITS].detail);
	return result;
}

/* "Docker Engine 20.10.24, API 1.41; broker confined, Landlock ABI 4" */
static int on_ready(struct docker *docker, const char *note, bool buildkit, struct failure *f)
{
	struct outcome *o = docker->reporter->outcome;
	const char *rest = strchr(note, ';');
	int length = rest != NULL ? (int)(rest - note) : (int)strlen(note);

	if (docker->stage != DOCKER_STARTED)
		return 0;
	docker->stage = DOCKER_ANSWERED;
	docker->buildkit = buildkit && docker->config->docker != DOCKER_RAW;
	snprintf(o->docker.engine, sizeof(o->docker.engine), "%.*s", length, note);
	progress_detail(
		docker->reporter->progress, "docker: %s, at %s", note, docker->engine.socket.path);
	if (docker->config->docker == DOCKER_RAW)
		return 0;
	wall_set(o->walls, WALL_DOCKER, WALL_ENFORCED, "level %s:%s, engine %s",
		docker_level_name(docker->config->docker),
		rest != NULL ? rest + 1 : " broker confined", o->docker.engine);
	if (judge_limits(docker, f) == 0)
		return 0;
	docker->failed = true;
	return -1;
}

static void describe_end(struct docker *docker)
{
	int status = 0;

	if (docker->ending.what[0] != '\0') { /* it said why itself */
		fail_step(&docker->ending, "broker");
		return;
	}
	if (companion_has_ended(&docker->broker, DYING_MS, &status)) {
		if (WIFSIGNALED(status))
			fail(&docker->ending, 0, "the broker was ended by signal %d (%s)",
				WTERMSIG(status), strsignal(WTERMSIG(status)));
		else
			fail(&docker->ending, 0, "the broker ended with status %d",
				WEXITSTATUS(status));
	} else {
		fail(&docker->ending, 0, "the broker ended without a message");
	}
	fail_step(&docker->ending, "broker");
}

/* Before the build that fails the run; then the builder goes on with a dead socket. */
static int on_end(struct docker *docker, bool building, struct failure *f)
{
	bool begun = docker->stage == DOCKER_SERVING && building;

	describe_end(docker);
	docker->stage = DOCKER_ENDED;
	own_fd_end(&docker->broker.control);
	if (!begun) {
		docker->failed = true;
		*f = docker->ending;
		return -1;
	}
	wall_set(docker->reporter->outcome->walls, WALL_DOCKER, WALL_ENFORCED,
		"the broker died while the builder ran, and its socket with it: %s",
		docker->ending.what);
	progress_warn(docker->reporter->progress, "docker: %s; the build goes on without it",
		docker->ending.what);
	announce_warning(docker->reporter->events, docker->ending.what);
	return 0;
}

int docker_take(struct docker *docker, bool building, struct failure *f)
{
	struct control message;

	for (unsigned i = 0; i < MESSAGES_A_TURN && docker->broker.control >= 0; i++) {
		struct failure unheard;
		int got = control_receive(
			docker->broker.control, &message, NULL, CONTROL_NOW, &unheard);

		if (got < 0 && unheard.errnum == EAGAIN)
			return 0;
		if (got < 0)
			docker->ending = unheard;
		else if (got > 0 && message.type == CONTROL_FAILED)
			docker->ending = message.failure;
		if (got <= 0 || message.type == CONTROL_FAILED)
			return on_end(docker, building, f);
		if (message.type != CONTROL_READY)
			docker_news_hear(&docker->news, &message);
		else if (on_ready(docker, message.note, message.count == 1, f) < 0)
			return -1;
	}
	return 0;
}

int docker_watch_the_clock(
	struct docker *docker, uint64_t now_ms, uint64_t paused_ms, struct failure *f)
{
	if (now_ms < docker_deadline(docker, paused_ms))
		return 0;
	docker->failed = true;
	fail(f, 0, "the engine at %s does not answer within %d s", docker->engine.socket.path,
		ANSWER_MS / 1000);
	fail_step(f, "broker: examine the engine");
	return fail_remedy(f, "docker version says whether it is at work; --docker-host names "
			      "another one");
}

int docker_serve(struct docker *docker, int state_dir_fd, struct failure *f)
{
	struct control message = {
		.type = CONTROL_SERVE,
		.limits = docker->config->limits,
	};
	struct packet_fds fds = { .n = 2 };

	if (!is_wanted(docker))
		return 0;
	docker->journal_fd = journal_create(state_dir_fd, docker->reporter->outcome->id, f);
	if (docker->journal_fd < 0)
		return -1;
	fds.at[0] = docker->listener_fd;
	fds.at[1] = docker->journal_fd;
	if (control_send(docker->broker.control, &message, &fds, f) < 0)
		return fail_step(f, "broker: serve");
	own_fd_end(&docker->listener_fd); /* or a dead broker's clients would wait for ever */
	docker->stage = DOCKER_SERVING;
	docker->served = true;
	return 0;
}

void docker_release(struct docker *docker)
{
	companion_end(&docker->broker);
	dockerauth_release(docker->policy.auths, docker->policy.auths_n);
	engine_release(&docker->engine);
	own_fd_end(&docker->exe_fd);
	own_fd_end(&docker->policy_fd);
	own_fd_end(&docker->counters_fd);
	own_fd_end(&docker->listener_fd);
	own_fd_end(&docker->journal_fd);
	if (docker->counters != NULL)
		munmap((void *)docker->counters, sizeof(struct counters));
	docker_begin(docker, docker->config, docker->identity, docker->reporter);
}
