/* sandbox/launcher/watch.h: a run that is being watched: what it is, how far it is, how it ends.
 *
 * The loop (supervise.c) goes by these: the stage, the limits of time, the order to end. What
 * was set up before is borrowed from the launcher; what came of it is written to its ending.
 */
#ifndef SANDBOX_LAUNCHER_WATCH_H
#define SANDBOX_LAUNCHER_WATCH_H

#include "sandbox/launcher/docker.h"
#include "sandbox/launcher/door.h"
#include "sandbox/launcher/egress.h"
#include "sandbox/launcher/ends.h"
#include "sandbox/launcher/kept_cache.h"
#include "sandbox/launcher/kept_source.h"
#include "sandbox/launcher/records.h"
#include "sandbox/launcher/reporter.h"
#include "sandbox/launcher/streams.h"
#include "sandbox/launcher/timing.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/plan/plan.h"
#include "sandbox/state/state.h"

#include <sys/resource.h>

#define WATCH_GRACE_MS 5000 /* between TERM and KILL */

/* HOLD: the builder has failed, and what it left is kept (hold.h). */
enum stage { STAGE_PREPARE, STAGE_FETCH, STAGE_BUILD, STAGE_HOLD, STAGE_ENDED };

/* What was set up. All of it is the launcher's. */
struct supervised {
	struct config *config; /* the repository may tighten it before the build */
	const struct plan *plan;
	const struct reporter *reporter;
	struct cgroup *cgroup;
	struct state *state;
	struct docker *docker;
	struct egress *egress;
	struct ends *ends;
	struct kept_caches *caches;
	struct kept_source *kept;
	struct door *door;
	struct streams *streams;
	bool was_root; /* so a front stands between us and who started us */
	pid_t keeper;
	int pidfd;
	int signals_fd;
	uint64_t started_ms;
};

/* How it came to its end: zeros if it never began. */
struct ending {
	enum stage stage;   /* so far the run came */
	bool source_failed; /* before there was anything to fetch it with */
	bool fetched;       /* and is whole: what fails now is not the fetch */
	bool stopped;       /* by us, for this cause */
	enum cause stop_cause;
	int interrupted_by; /* the user's signal, 0: none */
	bool builder_ended;
	int builder_status;
	bool keeper_ended; /* and is waited for */
	struct rusage rusage;
	bool disk_was_full, inodes_were_full; /* the second: for want of those */
	int exit_code;                        /* that the keeper gave with its failure; 0: none */
	bool held;                            /* then this counts, and not what came later: */
	uint64_t oom_kills;                   /* UINT64_MAX: not known */
};

/* What the loop itself knows. */
struct watch {
	const struct supervised *run;
	struct ending *ending;
	struct timing timing;
	uint64_t stage_ms; /* when it began */
	struct records records;
	bool build_waits;       /* it is ordered when the broker is ready */
	struct failure failure; /* why we stopped it */
	uint64_t hold_until_ms; /* in STAGE_HOLD */
	int shell_pidfd;        /* of --on-failure shell, while it is there; or -1 */
};

/* The time of the stage that was, before the next begins or where none does. */
void watch_count_stage(struct watch *w);
void watch_enter(struct watch *w, enum stage stage);
/* Does the builder run, or what it left? */
bool watch_is_building(const struct watch *w);

/* To the builder, once there is one. */
void watch_signal_builder(struct watch *w, int number);
/* The run is to end for a reason of ours; while something is being set up or fetched,
 * at once. */
void watch_stop(
	struct watch *w, enum cause cause, const char *step, const char *remedy, const char *what);
/* The builder has ended, and so is to end what the plan holds of it. */
void watch_release(struct watch *w);
/* End the sandbox at once, whatever it does. pidfd: of the keeper, or -1. */
void watch_kill(int pidfd, const struct cgroup *cgroup);

/* Until something is due, for poll(2); and do what is. */
int watch_poll_ms(const struct watch *w);
void watch_the_clock(struct watch *w);
void watch_time_is_over(struct watch *w);
/* When the keeper is to end it all by itself, because we did not: 0 for never. */
uint64_t watch_keeper_end(const struct watch *w);
/* How full is the work space? */
void watch_sample_disk(struct watch *w);

#endif
