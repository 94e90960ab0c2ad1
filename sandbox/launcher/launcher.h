/* sandbox/launcher/launcher.h: one run, seen from outside.
 *
 * The launcher decides everything (launcher.c: its steps in order), watches
 * (supervise.c: one loop), and takes everything away again. It has no privilege, one
 * thread, and reads nothing of a stranger but records of a fixed form.
 */
#ifndef SANDBOX_LAUNCHER_LAUNCHER_H
#define SANDBOX_LAUNCHER_LAUNCHER_H

#include "sandbox/base/step.h"
#include "sandbox/keeper/keeper.h"
#include "sandbox/launcher/docker.h"
#include "sandbox/launcher/relay.h"
#include "sandbox/launcher/terminal.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/plan/plan.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/report/events.h"
#include "sandbox/report/outcome.h"
#include "sandbox/report/progress.h"
#include "sandbox/report/report.h"
#include "sandbox/state/state.h"

#include <sys/resource.h>

enum stage { STAGE_PREPARE, STAGE_FETCH, STAGE_BUILD, STAGE_ENDED };

/* RELAY_TERMINAL: what the builder writes to its own terminal. */
enum relay_index { RELAY_IN, RELAY_OUT, RELAY_ERR, RELAY_TERMINAL, RELAYS };

struct launch {
	struct config *config; /* the repository may tighten it before the build */
	struct progress *progress;
	struct outcome *outcome;
	struct identity identity;
	struct plan plan;
	struct cgroup cgroup;
	struct state state;
	bool state_made;
	struct events events;
	int report_dir_fd;
	int fetch_exe_fd; /* until the plan takes it */
	struct docker docker;

	struct wall_report *walls; /* shared with keeper and builder */
	struct keeper_ends ends;   /* theirs, until the clone */
	int socket, records;       /* ours */
	int reopened[3];           /* our own outputs, for writing without blocking */
	int stdio[3];              /* ours: the builder's stdin, stdout, stderr */
	pid_t keeper;
	int pidfd;

	/* the watch */
	int signals;
	enum stage stage;
	uint64_t started_ms, stage_ms; /* monotonic */
	uint64_t paused_ms;            /* the user had suspended us */
	uint64_t last_output_ms, kill_at_ms, sample_at_ms;
	bool stopping;
	enum cause stop_cause;
	int interrupted_by;
	int work_fd, master_fd;
	struct relay *relays; /* [RELAYS], from the build on */
	struct terminal terminal;
	bool terminal_used;
	struct rusage rusage;
	bool keeper_ended, builder_ended, disk_was_full;
	int builder_status, failed_exit_code;
	bool fetch_done;
	uint64_t progress_second; /* and how many records of progress came in it */
	unsigned progress_count;
	struct repo_request *request; /* the repository's wishes, NULL if none came */
	bool refused;                 /* f below says why the run is to fail */
	struct failure failure;
};

/* Do one run from beginning to end. The exit code is cofferdam's; outcome is filled as
 * far as the run came, and f if outcome->failed. */
int launcher_run(struct config *config, struct progress *progress, struct outcome *outcome,
	struct failure *f);

/* A run whose options could not be read: nothing is begun, and its report says why. Root
 * is given up first, as in every run. */
void launcher_refuse(const char *report, const struct failure *why, struct progress *progress);

/* From the clone of the keeper to its end and the last byte of output. Fails if the run
 * did not come to a builder's own end. */
int supervise(struct launch *l, struct failure *f);

/* End the sandbox at once, whatever it does. */
void launcher_kill(struct launch *l);

/* The keeper has failed: say what on this host made it, if that is known. */
void launcher_explain(struct failure *f);
/* The i-th step of which that is known, NULL past the end: a test shows that it exists. */
const char *launcher_explained(size_t i);

/* A wall does not stand: note it, or fail if it was asked for (design 3.7). */
int launcher_degrade(struct launch *l, enum wall wall, struct failure *f, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* One more thing that was taken away, or could not be. */
void launcher_note_teardown(struct launch *l, const char *what, bool removed, const char *detail);

/* Set the limits of the control group again, after they were tightened. */
int launcher_limit_again(struct launch *l, struct failure *f);

extern const struct steps launcher_steps;

#endif
