/* sandbox/verbs/run.h: the verb `run`: one build behind the walls.
 *
 * Returns  the exit code of the run (README, "Exit codes"), whose failure is told besides.
 */
#ifndef SANDBOX_VERBS_RUN_H
#define SANDBOX_VERBS_RUN_H

#include "sandbox/verbs/verb.h"

int verb_run(const struct verb_call *call, struct failure *f);

/* The same, and in *ret_signal by which signal the builder died, or we were told to end; 0: none. */
int verb_run_signal(const struct verb_call *call, int *ret_signal, struct failure *f);

/* A command line that could not be read: if it is a run's and names a report, that says why.
 * -1: the exit code is main.c's. */
int verb_run_refuse(int argc, char *argv[], FILE *out, const struct failure *why);

#endif
