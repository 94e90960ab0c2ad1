/* sandbox/keeper/porter.h: who lets somebody in later, when the plan has a door.
 *
 * Born     of the builder, a moment before that becomes its command, behind every wall that there
 *          is: whoever enters is a child of his, and so behind the same walls, by descent. Nothing
 *          is set up, joined or dropped for him, and nobody outside has a way in that is another.
 * Has      the end of a socket on which the launcher passes connections on and is told of each that
 *          becomes a command, and nothing else of the outside. It cannot be looked into, though the
 *          builder has its id; the builder may end it, and then nobody enters any more.
 * Gives    0, 1 and 2, which who enters brings along or which are a terminal of the sandbox's own,
 *          the environment and the directory of the builder.
 */
#ifndef SANDBOX_KEEPER_PORTER_H
#define SANDBOX_KEEPER_PORTER_H

#include "sandbox/keeper/inside.h"

/* The builder's: leave one behind, if there is a door. Not a child of the builder's, whose command
 * knows of none. */
int porter_leave(struct keeper *k, struct failure *f);

#endif
