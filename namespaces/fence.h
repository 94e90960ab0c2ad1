/* namespaces/fence.h: what of the host is not to be reached through a network that is joined to its.
 *
 * With --net full pasta(1) connects for the builder as a process of the host, so an address
 * that answers the host's own processes alone would answer the builder. Rules of the routing
 * policy send packets to such addresses nowhere, before they come to pasta; nobody inside may
 * change them.
 *
 * Runs in  the keeper, with CAP_NET_ADMIN of the network namespace.
 * Source   ip-rule(8), rtnetlink(7).
 */
#ifndef NAMESPACES_FENCE_H
#define NAMESPACES_FENCE_H

#include "sandbox/base/failure.h"

#include <netinet/in.h>
#include <stddef.h>

/* One of the host's own. */
struct fence_address {
	int family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

/* The table's networks, and these addresses. */
int fence_raise(const struct fence_address *own, size_t n, struct failure *f);
/* A packet to none of the table's networks would leave. */
int fence_prove(struct failure *f);

#endif
