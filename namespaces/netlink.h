/* namespaces/netlink.h: one change of routes, rules or addresses, and the kernel's answer.
 *
 * Source   netlink(7), rtnetlink(7).
 */
#ifndef NAMESPACES_NETLINK_H
#define NAMESPACES_NETLINK_H

#include "sandbox/base/failure.h"

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>

struct netlink_request {
	struct nlmsghdr head; /* nlmsg_len: up to the attributes */
	union {
		struct ifaddrmsg address;
		struct rtmsg route;
		struct fib_rule_hdr rule;
	};
	char attributes[64];
};

/* A socket, and the index of the loopback; -1 with f. */
int netlink_open(unsigned *ret_lo, struct failure *f);
void netlink_put(struct netlink_request *request, unsigned short type, const void *value, size_t n);
/* 0, or the errno of the kernel's answer. */
int netlink_ask(int fd, struct netlink_request *request);
/* What the kernel says that was built without policy routing, or without the family. */
bool netlink_has_no_rules(int errnum);

#endif
