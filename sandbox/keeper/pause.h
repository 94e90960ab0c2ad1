/* sandbox/keeper/pause.h: the user's pause, and who ran in it all the same.
 *
 * SIGSTOP reaches everybody, and who has set a timer before is woken by a SIGCONT of his own. A
 * pause is therefore looked at: what passed between two looks is a pause if at the second one all
 * processes were stopped, the same as before, and had used no processor time since. Whatever else
 * it was counts as time of the build, and the waker is stopped again.
 *
 * Runs in the keeper, on a /proc of its own that hides nobody (root.h: sight_fd). Bound: who runs for less
 * than a tick of the kernel's (10 ms) between two looks is not noticed.
 */
#ifndef SANDBOX_KEEPER_PAUSE_H
#define SANDBOX_KEEPER_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* What a look sees of all processes but the keeper. */
struct pause_sight {
	uint64_t processes; /* a digest of their numbers and times of birth */
	uint64_t ticks;     /* the processor time of all of them */
	bool awake;         /* one is neither stopped nor dead */
};

struct pause {
	uint64_t looked_ms; /* 0: there is no pause */
	uint64_t look_at_ms;
	struct pause_sight sight;
};

void pause_begin(struct pause *p, int proc_fd);
/* To be called at look_at_ms and at the end of the pause. Returns how much of the time since the
 * last look was a pause, in ms; *ret_awake: somebody is to be stopped again. */
uint64_t pause_look(struct pause *p, int proc_fd, bool *ret_awake);

/* One line of /proc/PID/stat into the sight; false if it is none. */
bool pause_see(const char *stat, struct pause_sight *ret);

#endif
