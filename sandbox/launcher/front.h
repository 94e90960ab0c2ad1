/* sandbox/launcher/front.h: what root's shell sees when root has started us.
 *
 * Runs in  the process that root started, once the command line is understood. It forks: the
 *          child does the work, and gives root up; this one stays root's, keeps root's
 *          terminal and the job control that belongs to it, and does nothing else.
 * Leaves   the child in a session of its own, not dumpable, without a terminal of root's:
 *          whichever of its descriptors 0 to 2 was one is one of ours instead, of which
 *          this process holds the other end. A process of the user that the child becomes
 *          can then neither look into it nor push a keystroke at root's shell (TIOCSTI).
 * Ends     as the child does: with its exit code, or by its signal. When this process is
 *          killed the child is too (PR_SET_PDEATHSIG; identity.c asks again, for a change
 *          of ids forgets it).
 * Source   pty(7), setsid(2), credentials(7), tty_ioctl(4), PR_SET_PDEATHSIG(2const).
 */
#ifndef SANDBOX_LAUNCHER_FRONT_H
#define SANDBOX_LAUNCHER_FRONT_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <sys/types.h>

/* Returns in the child alone. interactive: the verb has a builder that reads the keys.
 * argv is blanked in the process that stays: it is none of the run's, and is not to be taken
 * for one by those who look for the command. */
int front_enter(bool interactive, int argc, char *argv[], struct failure *f);

/* The front that waits for this process; 0: none. */
pid_t front_pid(void);

#endif
