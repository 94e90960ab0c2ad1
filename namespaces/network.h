/* namespaces/network.h: leave the host's network, and prove it.
 *
 * Runs in  the keeper, with CAP_SYS_ADMIN and CAP_NET_ADMIN of the sandbox's user
 *          namespace.
 */
#ifndef NAMESPACES_NETWORK_H
#define NAMESPACES_NETWORK_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

/* Leave the current network namespace for a new, empty one (unless this already
 * is one), and bring its loopback up. */
int network_cut(bool already_new, struct failure *f);

/* Nothing but lo is up. (That the namespace is another one: proof.h.) */
int network_prove(struct failure *f);

#endif
