/* seccomp/refused_call.h: what the builder's filter refused: which call, of whom, how often.
 *
 * Counted  by PID 1 of the sandbox, in a page that it shares with the launcher; no allocation.
 * Read     by the launcher when the sandbox is dead, which trusts no number in it.
 * Only     refusals that answer EPERM: by those a build fails. What answers as an older kernel
 *          would is how programs find another way (seccomp/README.md), and costs nothing.
 */
#ifndef SECCOMP_REFUSED_CALL_H
#define SECCOMP_REFUSED_CALL_H

#include <stdbool.h>
#include <stdint.h>

#define REFUSED_CALLS        48
#define REFUSED_CALL_PROGRAM 16 /* TASK_COMM_LEN */
#define REFUSED_CALL_NAME    48

struct refused_call {
	uint32_t arch; /* AUDIT_ARCH_* */
	int32_t number;
	uint64_t times;
	char program[REFUSED_CALL_PROGRAM]; /* as the kernel names it, "" if it was gone */
};

struct refused_calls {
	bool told;     /* the filter tells; else nothing is known */
	uint32_t n;    /* rows in use */
	uint64_t more; /* refusals that found no row free */
	struct refused_call rows[REFUSED_CALLS];
};

void refused_call_add(
	struct refused_calls *calls, uint32_t arch, int32_t number, const char *program);
/* A copy in which every number is one that can be, and every text ends. */
void refused_calls_copy(const struct refused_calls *from, struct refused_calls *ret);
/* "mount", or "call 500" where nobody has a name for it. */
const char *refused_call_name(const struct refused_call *call, char ret[REFUSED_CALL_NAME]);

#endif
