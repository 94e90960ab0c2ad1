/* sandbox/egress/gateway.h: one thread between a build and the hosts that it may reach.
 *
 * Its listeners were born inside the sandbox; its own connections go out of the host's network.
 * Nothing in it waits: one epoll(7), edge triggered, and every descriptor belongs to a watcher.
 */
#ifndef SANDBOX_EGRESS_GATEWAY_H
#define SANDBOX_EGRESS_GATEWAY_H

#include "sandbox/companion/egress_message.h"
#include "sandbox/egress/carry.h"
#include "sandbox/egress/name_table.h"
#include "sandbox/egress/resolver.h"
#include "sandbox/egress/watcher.h"
#include "sandbox/net/http_credential.h"

struct gateway;
struct listener {
	struct watcher watcher;
	struct gateway *gateway;
	size_t place; /* enum of egress_message.h */
	bool rests;   /* nothing was left to take a connection with; until the next tick */
};

/* A refused question for one family of addresses, until the one for the other comes. */
struct name_wish {
	char name[HOST_NAME_BYTES]; /* "" in a free one */
	uint16_t type;
};
#define GATEWAY_WISHES 32

struct gateway {
	int epoll_fd;
	struct net_rules rules,
		wide; /* those that hold; and, if they were narrowed, those before */
	struct http_credentials credentials;
	uint16_t ports[NET_PORTS];
	size_t ports_n;
	struct name_table names;
	struct name_wish wishes[GATEWAY_WISHES]; /* a ring: what is older has no other half */
	size_t wishes_at;                        /* the next to be written */
	struct resolver resolver;
	struct watcher control;
	struct listener listeners[EGRESS_LISTENERS];
	struct passage *passages; /* linked */
	struct passage *ended;    /* freed when the events of this turn are through */
	struct passage *
		again; /* have had their share of this turn, and could go on; first in, first out */
	struct passage **again_end;
	size_t passages_n, passages_max;
	struct carry_wide wide_pipes;
	uint64_t lost; /* records that found no room */
	bool finished;
};

/* Edge triggered, for reading and writing. -1: errno. */
int gateway_watch(struct gateway *gateway, struct watcher *watcher);
/* Tell the launcher, if it has room. */
void gateway_tell(struct gateway *gateway, const struct egress_record *record);

#endif
