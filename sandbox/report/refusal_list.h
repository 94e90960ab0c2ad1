/* sandbox/report/refusal_list.h: which wall was it, as far as that is known.
 *
 * Made     at the end of a run, from what the outcome has: the verdicts of gateway and broker, the
 *          kills of the control group, a work space that was full, limits that ended the run, and
 *          signals that mean a limit.
 * Not      system calls and files that the kernel refused: it tells nobody, and we guess nothing.
 */
#ifndef SANDBOX_REPORT_REFUSAL_LIST_H
#define SANDBOX_REPORT_REFUSAL_LIST_H

#include "sandbox/report/outcome.h"

#define REFUSALS_MOST 64 /* what came first of each; its times are counted all the same */

struct refusal_row {
	enum wall wall;
	char what[200];
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
