/* sandbox/probe/probe.h: one forbidden thing that can be tried, by name.
 *
 * Runs in  cofferdam-probe alone, inside a sandbox and outside of it. Needs nothing but libc,
 *          so that it also runs where no library is.
 * Tells    how the kernel answered: a refusal inside proves something only where the attempt
 *          works without the wall. Where no ordinary user may do the thing anywhere, the
 *          arguments are made so that the kernel's own answer is another errno: it counts as
 *          done ("the call arrived").
 */
#ifndef SANDBOX_PROBE_PROBE_H
#define SANDBOX_PROBE_PROBE_H

#include <stddef.h>

#define PROBE_PRINTED  (-1) /* the probe has said all itself */
#define PROBE_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Returns 0, an errno, or PROBE_PRINTED. argv[0] is its first argument. */
typedef int probe_fn(int argc, char **argv);

struct probe {
	const char *name;
	probe_fn *run;
};

/* What a call returned, as a probe's answer. */
int probe_answer(long result);
/* The kernel's own refusal shows that the call arrived. */
int probe_arrived(long result, int expected);
/* The i-th argument; without one the program ends with 2. */
const char *probe_argument(int argc, char **argv, int i);
/* What succeeds in a bare user namespace would change the host itself when it is tried
 * there as root: mounts, host name. Such a probe is refused, loudly. */
void probe_never_on_the_host(void);
/* Hold what another process may look for: print OK, then wait for the end of stdin. */
int probe_hold(void);

#endif
