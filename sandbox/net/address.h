/* sandbox/net/address.h: which addresses a stranger's connection may have as its goal.
 *
 * Pure     a table of prefixes with the reason of each.
 * Source   IANA's registries of special-purpose addresses (RFC 6890 and what follows it).
 */
#ifndef SANDBOX_NET_ADDRESS_H
#define SANDBOX_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct address {
	int family; /* AF_INET, AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

#define ADDRESS_TEXT INET6_ADDRSTRLEN

/* What it is, if it is no address of the public Internet: "loopback", "link-local", "private",
 * "multicast", …; NULL if it is public. An IPv6 address that carries an IPv4 one (mapped,
 * compatible, 6to4, NAT64, Teredo, ISATAP) is never public, for it could mean any of these. */
const char *address_kind(const struct address *address);

/* May a rule that says @private permit it? Private (RFC 1918, shared 100.64/10, unique local)
 * addresses, and no other kind. */
bool address_is_private(const struct address *address);

/* Dotted quad with four decimal numbers without leading zeros, or RFC 4291's text without a
 * zone; everything else is -1. */
int address_read(const char *text, size_t n, struct address *ret);
void address_write(const struct address *address, char ret[ADDRESS_TEXT]);
bool address_equal(const struct address *a, const struct address *b);

#endif
