/* sandbox/verbs/run.h: the verb `run`: one build behind the walls.
 *
 * Returns  the exit code of the run (README, "Exit codes"), whose failure is told besides.
 */
#ifndef SANDBOX_VERBS_RUN_H
#define SANDBOX_VERBS_RUN_H

#include "sandbox/report/outcome.h"
#include "sandbox/verbs/verb.h"

int verb_run(const struct verb_call *call, struct failure *f);

/* The same, for who does something else with the end. */
struct run_end {
	enum cause cause;
	int signal; /* that the builder died of, or that told us to end; 0: none */
};
int verb_run_end(const struct verb_call *call, struct run_end *ret, struct failure *f);

/* A command line that could not be read: if it is a run's and names a report, that says why.
 * -1: the exit code is main.c's. */
int verb_run_refuse(int argc, char *argv[], FILE *out, const struct failure *why);

#endif
