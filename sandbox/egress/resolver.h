/* sandbox/egress/resolver.h: names to addresses, as the host resolves them, without waiting.
 *
 * Uses     c-ares, which asks the host's name servers and reads its /etc/hosts.
 * Nothing is kept: every connection asks anew, or waits for a question that is under way; what is
 *          checked is what is used.
 */
#ifndef SANDBOX_EGRESS_RESOLVER_H
#define SANDBOX_EGRESS_RESOLVER_H

#include "sandbox/base/failure.h"
#include "sandbox/net/address.h"
#include "sandbox/net/host_name.h"

#include <ares.h>

#define RESOLVER_ADDRESSES 8  /* of one name that are looked at */
#define RESOLVER_SOCKETS   64 /* that the library has open at once */

struct resolver_socket;
struct question;
struct resolver {
	ares_channel channel;
	int epoll_fd; /* borrowed */
	struct resolver_socket *sockets;
	struct question *questions; /* that are under way */
};

/* The name server's files are read here, before the gateway confines itself. */
int resolver_open(struct resolver *resolver, int epoll_fd, struct failure *f);
void resolver_close(struct resolver *resolver);

/* fn is called once, perhaps before this returns: with the addresses in the order in which they
 * should be tried, or with n 0 and a reason. */
typedef void (*resolver_fn)(
	void *data, const struct address *addresses, size_t n, const char *reason);
void resolver_ask(struct resolver *resolver, const char *name, resolver_fn fn, void *data);

/* Give up what has waited too long; to be called about once a second. */
void resolver_tick(struct resolver *resolver);

#endif
