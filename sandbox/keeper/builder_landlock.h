/* sandbox/keeper/builder_landlock.h: the builder's Landlock rules, and the proof that they hold.
 *
 * Runs in  the builder, after no_new_privs and before seccomp.
 * Needs    k->root.hidden_fd, a directory with a file that no rule covers.
 */
#ifndef SANDBOX_KEEPER_BUILDER_LANDLOCK_H
#define SANDBOX_KEEPER_BUILDER_LANDLOCK_H

#include "sandbox/keeper/inside.h"

int builder_landlock(const struct keeper *k, struct failure *f);

#endif
