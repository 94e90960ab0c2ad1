#include "namespaces/loopback.h"

#include "namespaces/netlink.h"
#include "sandbox/base/own.h"

#include <arpa/inet.h>
#include <stdbool.h>

/* The address for a host that has none (RFC 7600): what a program finds that asks for its own. */
#define OWN_ADDRESS  0xc0000008U /* 192.0.0.8 */
#define OWN_PRIORITY 10U

static int add_address(int fd, unsigned lo)
{
	const struct in_addr own = { htonl(OWN_ADDRESS) };
	struct netlink_request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
			.nlmsg_type = RTM_NEWADDR },
		.address = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = lo },
	};

	netlink_put(&request, IFA_LOCAL, &own, sizeof(own));
	return netlink_ask(fd, &request);
}

static int add_route(int fd, unsigned lo, unsigned char table, unsigned char type,
	struct in_addr to, unsigned prefix)
{
	const struct in_addr own = { htonl(OWN_ADDRESS) };
	struct netlink_request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			.nlmsg_type = RTM_NEWROUTE },
		.route = { .rtm_family = AF_INET,
			.rtm_dst_len = (unsigned char)prefix,
			.rtm_table = table,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK,
			.rtm_type = type },
	};

	netlink_put(&request, RTA_OIF, &lo, sizeof(lo));
	netlink_put(&request, RTA_PREFSRC, &own, sizeof(own));
	if (prefix > 0)
		netlink_put(&request, RTA_DST, &to, sizeof(to));
	return netlink_ask(fd, &request);
}

/* Which rule, by protocol and by where to; 0 and nothing else: of all. */
struct selector {
	uint32_t priority;
	unsigned char protocol;
	struct in_addr to;
	unsigned char prefix;
	unsigned char action;
};

static int change_rule(int fd, unsigned short type, const struct selector *s)
{
	struct netlink_request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)),
			.nlmsg_type = type },
		.rule = { .family = AF_INET,
			.dst_len = s->prefix,
			.action = s->action,
			.table = s->action == FR_ACT_TO_TBL ? RT_TABLE_LOCAL : RT_TABLE_UNSPEC },
	};

	netlink_put(&request, FRA_PRIORITY, &s->priority, sizeof(s->priority));
	if (s->protocol != 0)
		netlink_put(&request, FRA_IP_PROTO, &s->protocol, sizeof(s->protocol));
	if (s->prefix > 0)
		netlink_put(&request, FRA_DST, &s->to, sizeof(s->to));
	return netlink_ask(fd, &request);
}

static struct selector rule_to(unsigned char protocol, uint32_t first, unsigned prefix)
{
	return (struct selector){ OWN_PRIORITY, protocol, { htonl(first) }, (unsigned char)prefix,
		FR_ACT_TO_TBL };
}

/* TCP and echoes go to what is ours, and anything else of them goes nowhere, or every host would
 * answer a ping: said before the table of what is ours holds all there is. */
static int part_protocols(int fd)
{
	const struct selector rules[] = {
		rule_to(IPPROTO_TCP, 0x7f000000U, 8),
		rule_to(IPPROTO_TCP, OWN_ADDRESS, 32),
		rule_to(IPPROTO_ICMP, 0x7f000000U, 8),
		rule_to(IPPROTO_ICMP, OWN_ADDRESS, 32),
		{ OWN_PRIORITY + 1, IPPROTO_TCP, { 0 }, 0, FR_ACT_UNREACHABLE },
		{ OWN_PRIORITY + 1, IPPROTO_ICMP, { 0 }, 0, FR_ACT_UNREACHABLE },
		{ OWN_PRIORITY + 2, 0, { 0 }, 0, FR_ACT_TO_TBL },
	};
	const struct selector first = { 0, 0, { 0 }, 0, FR_ACT_TO_TBL };
	int errnum = 0;

	for (size_t i = 0; i < ARRAY_LEN(rules) && errnum == 0; i++)
		errnum = change_rule(fd, RTM_NEWRULE, &rules[i]);
	return errnum != 0 ? errnum : change_rule(fd, RTM_DELRULE, &first);
}

/* All groups of IPv6, which are to be joined and sent to without a word which interface. On the
 * loopback the kernel takes no route that is not of type local (ip6_route_info_create()).
 * A host without IPv6 has none, and nothing rests on it. */
static void add_groups(int fd, unsigned lo)
{
	const struct in6_addr groups = { { { 0xff } } };
	struct netlink_request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			.nlmsg_type = RTM_NEWROUTE },
		.route = { .rtm_family = AF_INET6,
			.rtm_dst_len = 8,
			.rtm_table = RT_TABLE_LOCAL,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_type = RTN_LOCAL },
	};

	netlink_put(&request, RTA_OIF, &lo, sizeof(lo));
	netlink_put(&request, RTA_DST, &groups, sizeof(groups));
	netlink_ask(fd, &request);
}

int loopback_furnish(struct failure *f)
{
	const struct in_addr any = { 0 };
	unsigned lo;
	own_fd int fd = netlink_open(&lo, f);
	int errnum;

	if (fd < 0)
		return -1;
	errnum = add_address(fd, lo);
	if (errnum != 0)
		return fail(f, errnum, "give the loopback an address");
	add_groups(fd, lo);
	errnum = part_protocols(fd);
	if (netlink_has_no_rules(errnum))
		return 0; /* a bare loopback, as before */
	if (errnum != 0)
		return fail(f, errnum, "keep TCP and echoes to what is our own");
	errnum = add_route(fd, lo, RT_TABLE_LOCAL, RTN_LOCAL, any, 0);
	return errnum == 0 ? 0 : fail(f, errnum, "keep all datagrams on the loopback");
}

int loopback_take(struct in_addr first, unsigned prefix, struct failure *f)
{
	const struct selector rule = rule_to(IPPROTO_TCP, ntohl(first.s_addr), prefix);
	unsigned lo;
	own_fd int fd = netlink_open(&lo, f);
	char text[INET_ADDRSTRLEN];
	int errnum;

	if (fd < 0)
		return -1;
	errnum = add_route(fd, lo, RT_TABLE_LOCAL, RTN_LOCAL, first, prefix);
	if (errnum == 0)
		errnum = change_rule(fd, RTM_NEWRULE, &rule);
	if (errnum == 0 || netlink_has_no_rules(errnum))
		return 0;
	inet_ntop(AF_INET, &first, text, sizeof(text));
	return fail(f, errnum, "make %s/%u an own network", text, prefix);
}
