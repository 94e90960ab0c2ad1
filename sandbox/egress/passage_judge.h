/* sandbox/egress/passage_judge.h: what a connection says first, against whom it is for.
 */
#ifndef SANDBOX_EGRESS_PASSAGE_JUDGE_H
#define SANDBOX_EGRESS_PASSAGE_JUDGE_H

#include "sandbox/egress/passage.h"

/* Must it be judged before anybody outside hears of it? By its port: who waits for the server's
 * first word says nothing himself. */
bool passage_judge_first(const struct passage *c);

/* Look at c->first; c->speech is set once it is known, and what may go out is in c->outgoing.
 * 1: it may; 0: more bytes are needed; -1: it was refused. */
int passage_judge(struct passage *c);

/* Bytes of a connection whose speech is HTTP: as above. */
int passage_judge_more(struct passage *c, const char *bytes, size_t n);

#endif
