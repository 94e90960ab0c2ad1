/* sandbox/verbs/report_merge.h: `report merge DIR...`: what many runs came to, in one list.
 *
 * A DIR is searched for files whose names end in .json, in the order of their names, and not below
 * it; a word may be a file as well.
 *
 * Exit code  0, or 1 if a file could not be read or is no report: each is named on stderr.
 */
#ifndef SANDBOX_VERBS_REPORT_MERGE_H
#define SANDBOX_VERBS_REPORT_MERGE_H

#include "sandbox/verbs/verb.h"

int verb_report(const struct verb_call *call, struct failure *f);

#endif
