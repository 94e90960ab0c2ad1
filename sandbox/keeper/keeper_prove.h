/* sandbox/keeper/keeper_prove.h: the walls that PID 1 can see are read back.
 *
 * Runs in  the keeper, in the final namespaces, before it gives up what it takes to look.
 */
#ifndef SANDBOX_KEEPER_KEEPER_PROVE_H
#define SANDBOX_KEEPER_KEEPER_PROVE_H

#include "sandbox/keeper/inside.h"

/* Fails if one does not stand; else writes them down. */
int keeper_prove(struct keeper *k, struct failure *f);

#endif
