/* sandbox/keeper/servant.h: the steps of a child that works for the sandbox before there is a
 * builder: the fetcher, the unpacker.
 *
 * Runs in  that child, which becomes a program of our own. Each of the two tables names these
 *          rows, and has its own before them.
 */
#ifndef SANDBOX_KEEPER_SERVANT_H
#define SANDBOX_KEEPER_SERVANT_H

#include "sandbox/keeper/inside.h"
#include "sandbox/privilege/caps.h"

/* Rows of a table. */
int servant_stdio(void *keeper, struct failure *f);
int servant_limits(void *keeper, struct failure *f);
int servant_no_new_privileges(void *keeper, struct failure *f);
int servant_default_signals(void *keeper, struct failure *f);

int servant_drop_capabilities(enum caps_kept kept, struct failure *f);

/* What it is given becomes 3, 4, … and stays open across exec (-1: the place stays empty); the
 * program (*exe_fd, which is moved) and the way back to the keeper close with exec, everything
 * else is closed. */
int servant_descriptors(
	struct keeper *k, const int *given, size_t n, int *exe_fd, struct failure *f);

#endif
