/* sandbox/probe/attempt.h: what is tried against each wall, one row each.
 *
 * words  are the probe's arguments, parted by spaces. One that begins with @ stands for a fact of
 *        the host that who starts the program has to tell, as KEY=VALUE: without it the row is
 *        not tried.
 * held   are the answers that the wall gives. OK is that the attempt worked. Any other answer
 *        proves nothing: the attempt failed, but not by this wall.
 */
#ifndef SANDBOX_PROBE_ATTEMPT_H
#define SANDBOX_PROBE_ATTEMPT_H

#include <stddef.h>

struct attempt {
	const char *wall; /* its name, as in sandbox/base/walls.c */
	const char *probe;
	const char *words;  /* NULL: none */
	const char *tried;  /* as a reader would say it */
	const char *held;   /* names of errors or signals, parted by spaces */
	const char *reason; /* what would be lost */
	enum {
		PLAIN,
		BARE
	} outside; /* where it works without the wall: BARE with all
	                               * capabilities in a user namespace of its own */
};

extern const struct attempt attempts[];
extern const size_t attempts_n;

#endif
