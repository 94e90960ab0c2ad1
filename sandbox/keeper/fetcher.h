/* sandbox/keeper/fetcher.h: the fetcher's first half, from a clone of the keeper to
 * cofferdam-fetch.
 *
 * Born     in a mount namespace of its own: what it needs of the host never exists in the
 *          builder's.
 * Ends     as cofferdam-fetch, or by child_give_up().
 */
#ifndef SANDBOX_KEEPER_FETCHER_H
#define SANDBOX_KEEPER_FETCHER_H

#include "sandbox/base/step.h"

struct keeper;

void fetcher_main(struct keeper *k) __attribute__((noreturn));

extern const struct steps fetcher_steps;

#endif
