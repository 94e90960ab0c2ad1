/* namespaces/loopback.h: the loopback as a network of its own, from which nothing leaves.
 *
 * Programs expect a little more of a network than a bare `lo`: that connect(2) of a UDP socket to
 * an address that is not there succeeds (many learn their own address so), that a group can be
 * joined. Every packet stays on `lo`: a datagram to an address that is nobody's is answered by
 * "port unreachable", and TCP has no route to it, so that both fail at once.
 *
 * Runs in  the keeper, with CAP_NET_ADMIN of the network namespace, whose lo is up.
 * Source   rtnetlink(7), Documentation/networking/policy-routing.rst.
 */
#ifndef NAMESPACES_LOOPBACK_H
#define NAMESPACES_LOOPBACK_H

#include "sandbox/base/failure.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* What a kernel without policy routing, or without IPv6, cannot have is left out: nothing rests
 * on it. */
int loopback_furnish(struct failure *f);

/* Make the addresses of a network (first, length of its prefix) our own, so that a listener on
 * any address answers for them. */
int loopback_take(struct in_addr first, unsigned prefix, struct failure *f);

#endif
