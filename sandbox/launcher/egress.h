/* sandbox/launcher/egress.h: the gateway of a run's network, as the launcher has it.
 *
 * Order    egress_start() before root is given up; egress_plan() once there is a plan; egress_pass() for the
 *          listeners that the keeper made; egress_finish() when the sandbox has ended. In
 *          between egress_take() for its messages.
 * Full     With --net full there is no gateway: what the keeper makes are namespaces, egress_pass() starts
 *          the process that joins them with the host's network (pasta), and the keeper goes on once
 *          egress_take_joined() says so.
 * Without  --net every one of them does nothing.
 */
#ifndef SANDBOX_LAUNCHER_EGRESS_H
#define SANDBOX_LAUNCHER_EGRESS_H

#include "sandbox/companion/companion.h"
#include "sandbox/companion/egress_message.h"
#include "sandbox/launcher/reporter.h"
#include "sandbox/plan/plan.h"

struct egress {
	const struct config *config; /* borrowed, as the next two */
	const struct identity *identity;
	const struct reporter *reporter;
	struct net_rules rules;
	struct companion gateway;
	int exe_fd, pasta_fd;
	uint64_t started_ms;
	bool ready;            /* it is confined, or pasta runs */
	bool joined;           /* which the keeper has been told */
	bool ended;            /* it died, or was ended */
	bool failed;           /* it is what fails the run */
	struct failure ending; /* why it ended, in its own message or as it was seen */
	uint64_t told_second;  /* events are bounded: so many in that second */
	unsigned told_count;
};

/* Descriptors -1, before anything else. */
void egress_begin(struct egress *egress, const struct config *config,
	const struct identity *identity, const struct reporter *reporter);

/* The launcher's steps. */
int egress_find(struct egress *egress, struct failure *f);
int egress_start(struct egress *egress, struct failure *f);
int egress_plan(const struct egress *egress, struct net_plan *ret, struct failure *f);

/* To be polled; -1: nothing is awaited. */
int egress_poll_fd(const struct egress *egress);
/* When it has to be ready, unless the user pauses; UINT64_MAX: it is. */
uint64_t egress_deadline(const struct egress *egress, uint64_t paused_ms);
/* Its messages, and the end of our patience. Fails if the build has not begun and cannot begin
 * any more. */
int egress_take(struct egress *egress, bool building, struct failure *f);
int egress_watch_the_clock(
	struct egress *egress, uint64_t now_ms, uint64_t paused_ms, struct failure *f);

/* What --net permits, as rows; files of rules are read as whom the sandbox runs as. What it has
 * added before a failure is the caller's to release. */
int egress_rules(const struct config *config, const struct identity *identity,
	struct net_rules *ret, struct failure *f);
/* The repository's own wish, as it stands behind "allow:"; "": nothing is to be reached. It may only
 * take away from what the user gave. Before the build is ordered. */
int egress_narrow(struct egress *egress, const char *rules, struct failure *f);
/* May the build be ordered, as far as the network is concerned? */
bool egress_can_serve(const struct egress *egress);
/* Once, when the network that egress_pass() was given is joined: the keeper waits for it. */
bool egress_take_joined(struct egress *egress);
/* Hand on listeners from this place on; or the sandbox's namespaces, user and network. */
int egress_pass(
	struct egress *egress, size_t place, const struct packet_fds *fds, struct failure *f);

/* What is open ends, what it has to tell is heard, and what was refused is said. */
void egress_finish(struct egress *egress);
void egress_release(struct egress *egress);

#endif
