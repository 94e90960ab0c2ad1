/* sandbox/launcher/launch.h: what the launcher's steps set up, and how it is taken away.
 *
 * Only the launcher's steps see all of it; whatever they call gets what it needs.
 */
#ifndef SANDBOX_LAUNCHER_LAUNCH_H
#define SANDBOX_LAUNCHER_LAUNCH_H

#include "sandbox/artifact/artifact_plan.h"
#include "sandbox/launcher/door.h"
#include "sandbox/launcher/kept_cache.h"
#include "sandbox/launcher/statement.h"
#include "sandbox/launcher/watch.h"
#include "sandbox/privilege/identity.h"

/* In the order of the steps. */
struct launch {
	struct config *config; /* the repository may tighten it before the build */
	struct events events;
	struct reporter reporter;
	struct identity identity;
	int fetch_exe_fd; /* until the plan takes it */
	struct docker docker;
	struct egress egress;
	struct streams streams;
	struct outputlog log;
	int report_dir_fd;
	struct statement statement;
	struct plan plan;
	struct artifact_plan artifacts;
	struct kept_caches caches;
	struct kept_source kept;
	struct cgroup cgroup;
	struct state state;
	bool state_made;
	struct ends ends;
	struct door door;
	int signals_fd;
	pid_t keeper;
	int pidfd;

	uint64_t started_ms; /* monotonic */
	uint64_t stopped_us; /* the same: when the teardown began */
	struct ending ending;
};

/* Nothing is set up yet. The outcome says so. */
void launch_begin(struct launch *l, struct config *config, struct progress *progress,
	struct outcome *outcome);
/* Every process of it ends, however far it came. The outcome has what they used. */
void launch_stop(struct launch *l);
/* The rest of it ends: its tree, its group, what it made in Docker, its state file. The outcome
 * has what was removed, and how long all of it took. */
void launch_teardown(struct launch *l);
/* The rest, which costs nobody anything. The outcome stays, without what it borrowed. */
void launch_release(struct launch *l);

#endif
