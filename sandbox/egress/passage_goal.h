/* sandbox/egress/passage_goal.h: from whom a connection is for to a connection with them.
 *
 * The rules are asked for the name; the name is asked for its addresses; each address is
 * checked, and what was checked is what is connected to. A name that answers with another
 * address the next time is checked again, for nothing is kept.
 */
#ifndef SANDBOX_EGRESS_PASSAGE_GOAL_H
#define SANDBOX_EGRESS_PASSAGE_GOAL_H

#include "sandbox/egress/passage.h"

/* Do the rules permit c->goal? Sets c->rule, or refuses the connection: -1. */
int passage_permit(struct passage *c);
/* Begin to reach c->goal. c->stage says how far it came. */
void passage_reach(struct passage *c);
/* The socket that is being connected has something to say. */
void passage_reached(struct passage *c);
/* The address that is being tried does not answer: the next one. */
void passage_next(struct passage *c, int errnum);

#endif
