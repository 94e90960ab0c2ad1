#include "namespaces/fence.h"

#include "namespaces/netlink.h"
#include "sandbox/base/own.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

/* The table of what is local comes second: an address that the sandbox has too stays its own. That
 * table holds IPv6's multicast as well, so what goes before it is multicast alone. */
#define FIRST  8U
#define SECOND 9U
#define THIRD  10U

static const struct row {
	int family;
	const char *network;
	unsigned char prefix;
	uint32_t priority;
	const char *reason;
} rows[] = {
	{ AF_INET, "169.254.0.0", 16, THIRD, "link-local: where clouds answer with credentials" },
	{ AF_INET, "100.100.100.200", 32, THIRD, "Alibaba's metadata" },
	{ AF_INET, "168.63.129.16", 32, THIRD, "Azure's wire server" },
	{ AF_INET, "192.0.0.192", 32, THIRD, "Oracle's metadata" },
	{ AF_INET, "224.0.0.0", 4, FIRST, "multicast: the host's own listeners would hear it" },
	{ AF_INET6, "fe80::", 10, THIRD, "link-local" },
	{ AF_INET6, "fd00:ec2::254", 128, THIRD, "EC2's metadata" },
	{ AF_INET6, "fd20:ce::254", 128, THIRD, "Google's metadata" },
	{ AF_INET6, "64:ff9b::a9fe:0", 112, THIRD, "link-local, behind a translator (RFC 6052)" },
	{ AF_INET6, "ff00::", 8, FIRST, "multicast: the host's own listeners would hear it" },
};

static struct netlink_request rule(unsigned short type, int family, uint32_t priority)
{
	struct netlink_request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)),
			.nlmsg_type = type },
		.rule = { .family = (unsigned char)family,
			.action = FR_ACT_TO_TBL,
			.table = RT_TABLE_LOCAL },
	};

	netlink_put(&request, FRA_PRIORITY, &priority, sizeof(priority));
	return request;
}

/* What is sent from here ("iif lo"); what the interface receives is the kernel's to sort. */
static int forbid(int fd, int family, uint32_t priority, const void *network, unsigned char prefix)
{
	struct netlink_request request = rule(RTM_NEWRULE, family, priority);

	request.rule.action = FR_ACT_UNREACHABLE;
	request.rule.table = RT_TABLE_UNSPEC;
	request.rule.dst_len = prefix;
	netlink_put(&request, FRA_IIFNAME, "lo", sizeof("lo"));
	netlink_put(&request, FRA_DST, network,
		family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr));
	return netlink_ask(fd, &request);
}

static int put_local_second(int fd, int family, struct failure *f)
{
	struct netlink_request second = rule(RTM_NEWRULE, family, SECOND);
	struct netlink_request was = rule(RTM_DELRULE, family, 0);
	int errnum = netlink_ask(fd, &second);

	if (errnum == 0)
		errnum = netlink_ask(fd, &was);
	if (errnum == 0 || (family == AF_INET6 && netlink_has_no_rules(errnum)))
		return 0;
	return fail(f, errnum, "make room before what is local");
}

/* A kernel without IPv6 has no rules for it, and no packets. */
static int raise_row(int fd, const struct row *row, struct failure *f)
{
	struct in6_addr network;
	int errnum;

	if (inet_pton(row->family, row->network, &network) != 1)
		return fail(f, 0, "%s is no address", row->network);
	errnum = forbid(fd, row->family, row->priority, &network, row->prefix);
	if (errnum == 0 || (row->family == AF_INET6 && netlink_has_no_rules(errnum)))
		return 0;
	return fail(f, errnum, "forbid %s/%u", row->network, row->prefix);
}

int fence_raise(const struct fence_address *own, size_t n, struct failure *f)
{
	unsigned lo;
	own_fd int fd = netlink_open(&lo, f);
	char text[INET6_ADDRSTRLEN];

	if (fd < 0 || put_local_second(fd, AF_INET, f) < 0 || put_local_second(fd, AF_INET6, f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (raise_row(fd, &rows[i], f) < 0)
			return -1;
	for (size_t i = 0; i < n; i++) {
		int errnum = forbid(
			fd, own[i].family, THIRD, &own[i].v4, own[i].family == AF_INET ? 32 : 128);

		if (errnum == 0 || (own[i].family == AF_INET6 && netlink_has_no_rules(errnum)))
			continue;
		inet_ntop(own[i].family, &own[i].v4, text, sizeof(text));
		return fail(f, errnum, "forbid the host's own %s", text);
	}
	return 0;
}

/* Nothing is sent by it: a datagram socket that is connected has only looked for a route. */
static bool has_route(const struct row *row)
{
	own_fd int fd = socket(row->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };

	if (row->family == AF_INET) {
		inet_pton(AF_INET, row->network, &to.sin_addr);
		return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	}
	inet_pton(AF_INET6, row->network, &to6.sin6_addr);
	return fd >= 0 && connect(fd, (struct sockaddr *)&to6, sizeof(to6)) == 0;
}

int fence_prove(struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (has_route(&rows[i]))
			return fail(
				f, 0, "there is a way to %s/%u", rows[i].network, rows[i].prefix);
	return 0;
}
