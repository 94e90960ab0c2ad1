/* sandbox/keeper/builder.h: the builder, from a clone of the keeper to the untrusted command.
 *
 * Waits    before its last row until the keeper has no power left.
 * Ends     as the command, or by child_give_up() with the exit code that a shell would have.
 */
#ifndef SANDBOX_KEEPER_BUILDER_H
#define SANDBOX_KEEPER_BUILDER_H

#include "sandbox/base/step.h"

struct keeper;

void builder_main(struct keeper *k) __attribute__((noreturn));

extern const struct steps builder_steps;

#endif
