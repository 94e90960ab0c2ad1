/* sandbox/keeper/fetch_stage.h: the fetcher's time in the sandbox, as the keeper has it.
 *
 * Before   the builder, and with nobody else but the keeper.
 * Leaves   no process, no descriptor of the fetcher's, /app with the builder as its owner, and
 *          in k->build the launcher's order.
 */
#ifndef SANDBOX_KEEPER_FETCH_STAGE_H
#define SANDBOX_KEEPER_FETCH_STAGE_H

#include "sandbox/keeper/inside.h"

int fetch_stage_run(struct keeper *k, struct failure *f);

#endif
