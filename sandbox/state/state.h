/* sandbox/state/state.h: one small file per run that lives, so that others can find it.
 *
 * Where    $XDG_RUNTIME_DIR/cofferdam; else /run/user/UID/cofferdam; else
 *          $TMPDIR (or /tmp)/cofferdam-UID: 0700 and ours, or we refuse it.
 * What     "<id>.json", 0600: facts for `ps` and for `gc`. Anything else a run has to
 *          leave there is named "<id>.<something>" and made after this file.
 * Alive    a run is alive as long as its launcher holds a POSIX lock (fcntl F_SETLK)
 *          on the file. Not flock: that belongs to the open file description, which
 *          the keeper inherits by clone and would hold on to after the launcher's
 *          death. A POSIX lock belongs to the process, is not inherited, and the
 *          kernel drops it when the process ends, however it ends.
 * Beware   the same rule drops the lock when this process closes any descriptor of
 *          that file: state_each() and leftovers_remove_quietly() must not run in a process between
 *          its state_create() and its state_remove().
 */
#ifndef SANDBOX_STATE_STATE_H
#define SANDBOX_STATE_STATE_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct cJSON;

#define STATE_ID_LENGTH 32
#define STATE_DIRS_MAX  4

struct state {
	int dir_fd;
	int fd; /* holds the lock */
	char name[STATE_ID_LENGTH + 8];
	char dir_path[256]; /* for the report */
	struct cJSON *facts;
};

/* What is known when the launcher starts. source_url must not hold a credential. */
struct state_facts {
	const char *id;
	time_t started;
	const char *source_url;             /* NULL: none */
	const char *const *command;         /* NULL-terminated, or NULL */
	const char *const *cgroups;         /* directories that will be made, or NULL */
	const char *docker_socket;          /* of the engine, or NULL */
	const char *const *artifact_places; /* directories that artifacts go to, or NULL */
};

/* The runtime directory for new runs; made if it is not there. *ret_fd is the
 * caller's. Fails if somebody else owns it or others may enter it. */
int state_dir_open(int *ret_fd, char *ret_path, size_t path_size, struct failure *f);

/* Create the run's file, locked, phase "prepare". */
int state_create(struct state *ret, const struct state_facts *facts, struct failure *f);

/* Write the keeper's pid (0: not yet) and the phase's name into it. */
int state_update(struct state *state, pid_t keeper, const char *phase, struct failure *f);

/* Name the cgroup directories once they are decided (before they are made). */
int state_set_cgroups(struct state *state, const char *const *paths, struct failure *f);

/* The descriptor, for a forked child that closes what it must not keep. */
int state_fd(const struct state *state);

/* Remove the file; true if it is gone. The struct is released. */
bool state_remove(struct state *state);
/* Release the struct only (a child's copy). */
void state_release(struct state *state);

/* One file of the runtime directory. */
struct state_entry {
	char id[STATE_ID_LENGTH + 1];
	bool alive;
	const struct cJSON *facts; /* NULL if it cannot be read (just being written) */
	int dir_fd;
	const char *name;
};

/* Every runtime directory of ours that exists (ret_fds: STATE_DIRS_MAX), their number. */
size_t state_dirs_open(int *ret_fds);

/* Call fn for each run in dir_fd. With dead_only the entry's file is locked by us
 * meanwhile, so that two `gc` do not meet, and living runs are left out. */
typedef void (*state_fn)(void *data, const struct state_entry *entry);
void state_each(int dir_fd, bool dead_only, state_fn fn, void *data);

/* Is the run of that id alive, dead (its file is there, nobody holds it), or unknown? */
enum state_life { STATE_ALIVE, STATE_DEAD, STATE_UNKNOWN };
enum state_life state_life(int dir_fd, const char *id);

/* Is there any file of a dead run? Costs a directory read and one fcntl per run. */
bool state_any_dead(int dir_fd);

/* "id.something": does name begin with a run's id and a dot? */
bool state_name_has_id(const char *name);

#endif
