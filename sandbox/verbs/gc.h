/* sandbox/verbs/gc.h: the verb `gc`: remove what killed runs left, and with --images what
 * finished ones did.
 *
 * As root  what the runs of root left belongs to the users that they ran as, and is removed as
 *          each of them, in a child that has given root up for good; what is root's own, the
 *          delegated parents, comes last. By those the users are found, so they stay as long
 *          as something of a user's does.
 * Returns  0; -1 or EXIT_REFUSED if something could not be removed.
 */
#ifndef SANDBOX_VERBS_GC_H
#define SANDBOX_VERBS_GC_H

#include "sandbox/verbs/verb.h"

int verb_gc(const struct verb_call *call, struct failure *f);

#endif
