/* sandbox/launcher/docker.h: the broker of a run, as the launcher has it.
 *
 * Order    docker_start() before root is given up; docker_serve() before the build is ordered; docker_finish() when the
 *          sandbox has ended. In between docker_take() for the broker's words.
 * Without  --docker every one of them does nothing.
 */
#ifndef SANDBOX_LAUNCHER_DOCKER_H
#define SANDBOX_LAUNCHER_DOCKER_H

#include "sandbox/docker/control.h"
#include "sandbox/docker/policy.h"
#include "sandbox/engine/broker_start.h"
#include "sandbox/engine/find.h"

struct launch;

enum docker_stage {
	DOCKER_ABSENT,   /* no --docker, or not yet */
	DOCKER_STARTED,  /* the broker confines itself and speaks to the engine */
	DOCKER_ANSWERED, /* READY has come */
	DOCKER_SERVING,
	DOCKER_ENDED, /* it died, or was ended: the builder's socket is closed */
};

struct docker {
	enum docker_stage stage;
	struct engine_place engine;
	struct policy policy; /* borrows from config and engine; the auths are ours */
	struct broker_process broker;
	const struct counters *counters; /* shared, NULL: none */
	int exe_fd, policy_fd, counters_fd;
	int listener_fd, journal_fd;
	uint64_t started_ms;
	bool served;          /* so something may have been made */
	bool build_waits;     /* the build is ordered when the broker is ready */
	bool failed;          /* it is what fails the run */
	bool buildkit;        /* the broker offers it */
	struct failure words; /* its last ones */
	uint64_t refused_second;
	unsigned refused_count; /* in that second */
};

/* Descriptors -1, before anything else. */
void docker_begin(struct docker *docker);

/* The launcher's steps. */
int docker_find_broker(struct launch *l, struct failure *f);
int docker_find_engine(struct launch *l, struct failure *f);
int docker_start(struct launch *l, struct failure *f);

/* What the wall is worth, once the report exists. */
int docker_judge(struct launch *l, struct failure *f);

/* To be polled; -1: nothing is awaited. */
int docker_poll_fd(const struct launch *l);
/* When the engine has to have answered; UINT64_MAX: it has. */
uint64_t docker_deadline(const struct launch *l);
/* The broker's words, and the end of its patience. Fails if the build has not begun and
 * cannot begin any more. */
int docker_take(struct launch *l, struct failure *f);
int docker_watch_the_clock(struct launch *l, struct failure *f);

/* May the build be ordered, as far as Docker is concerned? The engine has answered, and the
 * keeper has made the listener. */
bool docker_can_serve(const struct launch *l);
/* Hand over the listener (taken), the journal and the limits. */
int docker_serve(struct launch *l, struct failure *f);

/* Everything that the run made is removed, within a time limit; a broker that is gone gets
 * a successor for that. What is left stays in the state directory for gc: true if that
 * is so. */
bool docker_finish(struct launch *l);
void docker_release(struct docker *docker);

#endif
