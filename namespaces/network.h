/* namespaces/network.h: leave the host's network, and prove it.
 *
 * Runs in  the keeper, with CAP_SYS_ADMIN and CAP_NET_ADMIN of the sandbox's user
 *          namespace.
 */
#ifndef COFFERDAM_NETWORK_H
#define COFFERDAM_NETWORK_H

#include "sandbox/failure.h"

#include <stdbool.h>
#include <stdint.h>

/* Leave the current network namespace for a new, empty one (unless this already
 * is one), and bring its loopback up. */
int network_cut(bool already_new, struct failure *f);

/* The namespace differs from the host's and nothing but lo is up. host_inode
 * is that of the launcher's /proc/self/ns/net. */
int network_prove(uint64_t host_inode, struct failure *f);

#endif
