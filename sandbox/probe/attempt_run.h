/* sandbox/probe/attempt_run.h: every row of attempt.h, each in a process of its own.
 *
 * Prints, one line a row, parted by tabs:
 *
 *	WALL  VERDICT  ANSWER  TRIED  REASON
 *
 * and "end" as its last. ANSWER is OK, the name of an error, or of the signal that ended the
 * attempt; VERDICT one of
 *
 *	open     it worked: no wall
 *	held     the wall answered
 *	unclear  it failed, but not by what this wall says
 *	untried  a fact was not told, or the attempt is not for this place
 */
#ifndef SANDBOX_PROBE_ATTEMPT_RUN_H
#define SANDBOX_PROBE_ATTEMPT_RUN_H

#include <stdbool.h>

/* bare: for rows that say so, with all capabilities in a user namespace of their own. facts:
 * "KEY=VALUE", the last NULL. */
void attempts_run(bool bare, char *const facts[]);

#endif
