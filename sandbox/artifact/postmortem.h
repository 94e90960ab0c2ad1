/* sandbox/artifact/postmortem.h: a process that handles what a dead sandbox has left.
 *
 * Runs in  a process that the launcher clones when the last one of the sandbox is dead: the
 *          collector of artifacts, or the merger of a cache. Each has a table of steps; what the
 *          steps of both do stands here.
 * Has      a socket to the launcher, and the trees that it is given. It enters the sandbox's user
 *          namespace, for the files may belong to any id of it.
 */
#ifndef SANDBOX_ARTIFACT_POSTMORTEM_H
#define SANDBOX_ARTIFACT_POSTMORTEM_H

#include "sandbox/base/failure.h"
#include "sandbox/privilege/caps.h"
#include "sandbox/privilege/landlock.h"
#include "seccomp/filter.h"

#include <stddef.h>
#include <sys/types.h>

struct postmortem {
	pid_t pid;  /* 0: we are in it; -1: there is none */
	int socket; /* ours: the launcher's end, or in it its own */
};
#define POSTMORTEM_NONE                                                                            \
	{                                                                                          \
		.pid = -1, .socket = -1                                                            \
	}

/* Returns twice, as fork(2) does. */
int postmortem_start(const char *name, struct postmortem *ret, struct failure *f);
/* In the launcher: it has ended, or is to. */
void postmortem_end(struct postmortem *postmortem);

/* The signal, of those that wait in signals_fd (signalfd(2), non-blocking), that ends a run; 0: there is
 * none. */
int postmortem_interrupted_by(int signals_fd);

/* ---- steps ---- */

int postmortem_follow(int socket, struct failure *f);
/* All but these, which are put in order, and null for the first three; -1 among them is none. */
int postmortem_close_but(int *keep, size_t n, struct failure *f);
/* *user_fd is closed behind it. */
int postmortem_enter_user(int *user_fd, struct failure *f);
int postmortem_drop_power(enum caps_kept kept, struct failure *f);
/* The next two are proved, as far as there was something to lose. */
int postmortem_restrict(const struct landlock_place *places, size_t n, struct failure *f);
int postmortem_filter(enum filter_role role, struct failure *f);

#endif
