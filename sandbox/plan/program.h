/* sandbox/plan/program.h: where our other programs are.
 *
 * Looked for  beside our own, then in ../libexec/cofferdam, then where they were installed: not
 *             where the caller says. Opened as O_PATH, and executed by that descriptor.
 */
#ifndef SANDBOX_PLAN_PROGRAM_H
#define SANDBOX_PLAN_PROGRAM_H

#include "sandbox/base/failure.h"

/* *ret_fd is the caller's. The first three before root is given up: only root may be able to look
 * there. */
int program_find_fetch(int *ret_fd, struct failure *f);
int program_find_broker(int *ret_fd, struct failure *f);
int program_find_egress(int *ret_fd, struct failure *f);
/* As whom the sandbox runs: it is looked for with the archive. */
int program_find_unpack(int *ret_fd, struct failure *f);
/* Needs nothing of root's, and is looked for only where it may help. */
int program_find_scope(int *ret_fd, struct failure *f);
/* For a selftest. */
int program_find_probe(int *ret_fd, struct failure *f);

#endif
