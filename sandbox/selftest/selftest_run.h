/* sandbox/selftest/selftest_run.h: does each wall hold here? Real sandboxes, and attempts inside.
 *
 * What is tried, and what counts as held, are the rows of cofferdam-probe
 * (sandbox/probe/attempt.c), started inside of a sandbox and once more outside: a refusal
 * proves something where the same attempt works without the wall. Limits that end a run are
 * tried by runs of their own.
 * Runs in  the launcher's process; each sandbox is started by a child, as `cofferdam run` does,
 *          which for root is before root is given up.
 */
#ifndef SANDBOX_SELFTEST_SELFTEST_RUN_H
#define SANDBOX_SELFTEST_SELFTEST_RUN_H

#include "sandbox/base/walls.h"
#include "sandbox/config/config.h"

enum verdict {
	VERDICT_HELD,
	VERDICT_OPEN,    /* it worked */
	VERDICT_UNCLEAR, /* it failed, but not by what this wall says */
	VERDICT_UNTRIED, /* this host has nothing to try it with */
};
const char *verdict_name(enum verdict verdict);

struct selftest_row {
	enum wall wall;
	enum verdict verdict;
	bool shown;       /* outside it works */
	char answer[24];  /* OK, the name of an error or a signal, how a run ended, or "-" */
	char outside[24]; /* the same without the sandbox */
	char tried[80];
	char reason[80];
};

#define SELFTEST_ROWS 128
struct selftest {
	struct selftest_row rows[SELFTEST_ROWS];
	size_t rows_n;
	const char *against;                  /* another sandbox's command, or NULL: ours */
	struct wall_report walls[WALL_COUNT]; /* as our run reported them; absent: another's */
	bool ok;
};

/* Does this row have to hold? Not if the run itself said that the wall is not there. */
bool selftest_counts(const struct selftest *selftest, const struct selftest_row *row);

/* -1: it could not be tried. */
int selftest_run(struct config *config, struct selftest *ret, struct failure *f);

#endif
