/* sandbox/keeper/outlets.h: where connections of the builder go that the command line permits.
 *
 * Runs in  the keeper, in the network that the builder will have, and before it starts. The
 *          listeners are born here and served outside, by cofferdam-egress: nothing of the
 *          host's network comes in.
 */
#ifndef SANDBOX_KEEPER_OUTLETS_H
#define SANDBOX_KEEPER_OUTLETS_H

#include "sandbox/keeper/inside.h"

/* Open them and hand them to the launcher; without --net allow: nothing. With --net full the
 * network is joined to the host's instead, behind rules that keep the host itself out of reach. */
int outlets_open(struct keeper *k, struct failure *f);

#endif
