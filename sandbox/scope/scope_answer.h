/* sandbox/scope/scope_answer.h: what cofferdam-scope says to whoever started it.
 *
 *   cofferdam-scope look             is there a manager, and which controllers may it give?
 *   cofferdam-scope start ID [UNIT]  put the parent process into cofferdam-ID.scope, which is
 *                                    stopped together with UNIT
 *
 * One struct, in one message over descriptor 3 (SOCK_SEQPACKET), then it ends. No answer is
 * a failure too.
 */
#ifndef SANDBOX_SCOPE_SCOPE_ANSWER_H
#define SANDBOX_SCOPE_SCOPE_ANSWER_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

#define SCOPE_FD       3

/* How long the manager may take. A scope takes it 5 to 30 ms on an idle machine. */
#define SCOPE_LOOK_MS  1000
#define SCOPE_START_MS 3000

struct scope_answer {
	bool granted;
	char version[64];        /* look: "252.39-1~deb12u2" */
	char control_group[256]; /* look: the manager's own, below the cgroup mount */
	struct failure failure;  /* not granted */
};
_Static_assert(sizeof(struct scope_answer) <= PIPE_BUF, "one message carries it");

#endif
