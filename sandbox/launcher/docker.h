/* sandbox/launcher/docker.h: the broker of a run, as the launcher has it.
 *
 * Order    docker_start() before root is given up; docker_serve() before the build is ordered; docker_finish()
 *          (docker_end.h) when the sandbox has ended. In between docker_take() for its messages.
 * Without  --docker every one of them does nothing.
 */
#ifndef SANDBOX_LAUNCHER_DOCKER_H
#define SANDBOX_LAUNCHER_DOCKER_H

#include "sandbox/companion/companion.h"
#include "sandbox/docker/control.h"
#include "sandbox/docker/policy.h"
#include "sandbox/engine/find.h"
#include "sandbox/launcher/docker_news.h"
#include "sandbox/launcher/reporter.h"

enum docker_stage {
	DOCKER_ABSENT,   /* no --docker, or not yet */
	DOCKER_STARTED,  /* the broker confines itself and speaks to the engine */
	DOCKER_ANSWERED, /* READY has come */
	DOCKER_SERVING,
	DOCKER_ENDED, /* it died, or was ended: the builder's socket is closed */
};

struct docker {
	const struct config *config; /* borrowed, as the next two */
	const struct identity *identity;
	const struct reporter *reporter;
	enum docker_stage stage;
	struct engine_place engine;
	struct policy policy; /* borrows from config and engine; the auths are ours */
	struct companion broker;
	const struct counters *counters; /* shared, NULL: none */
	int exe_fd, policy_fd, counters_fd;
	int listener_fd, journal_fd;
	uint64_t started_ms;
	bool served;           /* so something may have been made */
	bool failed;           /* it is what fails the run */
	bool buildkit;         /* the broker offers it */
	struct failure ending; /* why it ended, in its own message or as it was seen */
	struct docker_news news;
};

/* Descriptors -1, before anything else. */
void docker_begin(struct docker *docker, const struct config *config,
	const struct identity *identity, const struct reporter *reporter);

/* The launcher's steps. */
int docker_find_broker(struct docker *docker, struct failure *f);
int docker_find_engine(struct docker *docker, struct failure *f);
int docker_start(struct docker *docker, struct failure *f);

/* What the wall is worth, once the report exists. */
int docker_judge(struct docker *docker, struct failure *f);

/* To be polled; -1: nothing is awaited. */
int docker_poll_fd(const struct docker *docker);
/* When the engine has to have answered, unless the user pauses; UINT64_MAX: it has. */
uint64_t docker_deadline(const struct docker *docker, uint64_t paused_ms);
/* The broker's messages, and the end of our patience. Fails if the build has not begun and
 * cannot begin any more. */
int docker_take(struct docker *docker, bool building, struct failure *f);
int docker_watch_the_clock(
	struct docker *docker, uint64_t now_ms, uint64_t paused_ms, struct failure *f);

/* May the build be ordered, as far as Docker is concerned? The engine has answered, and the
 * keeper has made the listener. */
bool docker_can_serve(const struct docker *docker);
/* Hand over the listener (taken), the journal, which is made in state_dir_fd, and the limits. */
int docker_serve(struct docker *docker, int state_dir_fd, struct failure *f);

/* For the one that is started, and for a successor that only removes. */
struct companion_job docker_job(const struct docker *docker, bool cleanup);

void docker_release(struct docker *docker);

#endif
