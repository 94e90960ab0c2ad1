/* sandbox/report/refusal_list.h: which wall was it, as far as that is known.
 *
 * Made     at the end of a run, from what the outcome has: the verdicts of gateway and broker, the
 *          kills of the control group, a work space that was full, limits that ended the run, and
 *          signals that mean a limit.
 *          What the filter refused PID 1 has counted, by call and program (keeper/witness.h).
 * Not      files and capabilities that the kernel refused: it tells nobody, and we guess nothing.
 *          Not calls either under a profile of --seccomp, or where an outer sandbox listens: the
 *          report's refused_calls_known says which it was.
 */
#ifndef SANDBOX_REPORT_REFUSAL_LIST_H
#define SANDBOX_REPORT_REFUSAL_LIST_H

#include "sandbox/report/outcome.h"

#define REFUSALS_MOST 64 /* what came first of each; its times are counted all the same */

struct refusal_row {
	enum wall wall;
	char what[200];
	char program[REFUSED_CALL_PROGRAM]; /* as the kernel names it, "": not known */
	uint64_t times;
	const char *option; /* that would permit it, NULL: none does */
	const char *price;  /* of that */
};

struct refusal_list {
	struct refusal_row rows[REFUSALS_MOST];
	size_t n;
};

void refusal_list_make(const struct outcome *outcome, struct refusal_list *ret);
/* The report's array "refusals"; NULL when memory is out. */
cJSON *refusal_list_json(const struct outcome *outcome);

#endif
