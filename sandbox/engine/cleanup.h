/* sandbox/engine/cleanup.h: a broker that only removes.
 *
 * Runs in  the launcher, when its broker died, and gc. It is started with --cleanup, given the
 *          journal of a run, and asked to remove what that run made.
 */
#ifndef SANDBOX_ENGINE_CLEANUP_H
#define SANDBOX_ENGINE_CLEANUP_H

#include "sandbox/companion/companion.h"
#include "sandbox/docker/control.h"
#include "sandbox/docker/policy.h"

/* Called for each message GONE and LEFT. */
typedef void (*cleanup_fn)(void *data, const struct control *message);

/* Hear a broker out until CLEANED, at most until deadline_ms (monotonic). 0: nothing is left;
 * 1: something is, LEFT said what; -1: failure. */
int cleanup_hear(int control, uint64_t deadline_ms, cleanup_fn fn, void *data, struct failure *f);

/* The whole of it: start, order, hear, end. journal_fd stays the caller's. */
int cleanup_run(const struct companion_job *job, int journal_fd, uint64_t deadline_ms,
	cleanup_fn fn, void *data, struct failure *f);

/* gc: the run whose journal this is. socket: the engine's, as the state file names it. */
int cleanup_run_journal(int journal_fd, const char *run_id, const char *socket, uint64_t limit_ms,
	cleanup_fn fn, void *data, struct failure *f);

/* The same, asked of root, which alone can give a broker the group that the socket needs. The
 * user's process has the journal and root has the engine: the one that it would use itself, and
 * no other, because what a user wrote may not choose what root's broker speaks to. */
int cleanup_ask(int root, int journal_fd, const char *run_id, const char *socket, uint64_t limit_ms,
	cleanup_fn fn, void *data, struct failure *f);
/* Root's side, until the other end of the pair is closed. */
void cleanup_serve(int user, const struct identity *identity);

#endif
