/* sandbox/selftest/canary.h: things of the host that a sandbox must not reach.
 *
 * Runs in  the launcher's process, before the probe is started anywhere: a file, a port of the
 *          loopback, an abstract socket, a System V segment, a descriptor, a variable of the
 *          environment, and what the host's namespaces are.
 * Leaves   nothing after canary_release().
 */
#ifndef SANDBOX_SELFTEST_CANARY_H
#define SANDBOX_SELFTEST_CANARY_H

#include "sandbox/base/failure.h"

#include <stdint.h>

#define CANARY_FACTS      32
#define CANARY_DESCRIPTOR 77 /* in the processes that canary_show() was called in */
#define CANARY_VARIABLE   "COFFERDAM_SELFTEST_CANARY"

struct canary {
	char *facts[CANARY_FACTS + 1]; /* "KEY=VALUE" for cofferdam-probe; owned */
	int facts_n;
	char file[40];
	int file_fd, port_fd, abstract_fd, segment;
};
#define CANARY_NONE                                                                                \
	{                                                                                          \
		.file_fd = -1, .port_fd = -1, .abstract_fd = -1, .segment = -1                     \
	}

/* One more fact. */
int canary_tell(struct canary *canary, struct failure *f, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What cannot be made on this host is not told, and so not tried. */
int canary_make(struct canary *canary, struct failure *f);
/* In the process that starts a sandbox: leave the descriptor open and the variable set. */
void canary_show(const struct canary *canary);
void canary_release(struct canary *canary);

#endif
