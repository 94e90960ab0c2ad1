/* IANA's registries, read on what they say of "globally reachable". Of IPv4 all is public but the
 * rows; of IPv6 nothing but 2000::/3, less the rows. Anycast addresses that the registries call
 * reachable (AS112, AMT) are public here, those within 192.0.0.0/24 and 2001::/23 are not: what
 * they serve (PCP, TURN, DNS-SD) is for the network that one is in. What is kept for
 * documentation has no row: no host of anybody's own, nor one that could harm, has such an
 * address, and whoever lends it to a mirror means it to be reached.
 */
#include "sandbox/net/address.h"

#include "sandbox/base/own.h"

#include <arpa/inet.h>

static const char private_use[] = "private", shared[] = "shared", embedded[] = "translated";

static const struct prefix_v4 {
	uint8_t bytes[4];
	unsigned bits;
	const char *kind;
} prefixes_v4[] = {
	{ { 0 }, 8, "this network" },        /* RFC 791: Linux takes 0.0.0.0 for loopback */
	{ { 10 }, 8, private_use },          /* RFC 1918 */
	{ { 100, 64 }, 10, shared },         /* RFC 6598: the provider's side of a NAT */
	{ { 127 }, 8, "loopback" },          /* RFC 1122 */
	{ { 169, 254 }, 16, "link-local" },  /* RFC 3927; where clouds answer with secrets */
	{ { 172, 16 }, 12, private_use },    /* RFC 1918 */
	{ { 192, 0, 0 }, 24, "reserved" },   /* RFC 6890: protocol assignments, DS-Lite */
	{ { 192, 88, 99 }, 24, embedded },   /* RFC 7526: relays of 6to4 */
	{ { 192, 168 }, 16, private_use },   /* RFC 1918 */
	{ { 198, 18 }, 15, "benchmarking" }, /* RFC 2544; what a sandbox sees names as */
	{ { 224 }, 4, "multicast" },         /* RFC 5771 */
	{ { 255, 255, 255, 255 }, 32, "broadcast" }, /* RFC 919; before the row that has it too */
	{ { 240 }, 4, "reserved" },                  /* RFC 1112 */
};

static const struct prefix_v6 {
	uint8_t bytes[16];
	unsigned bits;
	const char *kind;
} prefixes_v6[] = {
	{ { 0 }, 128, "unspecified" },                /* RFC 4291; Linux takes it for loopback */
	{ { [15] = 1 }, 128, "loopback" },            /* RFC 4291 */
	{ { 0 }, 96, embedded },                      /* RFC 4291: IPv4-compatible */
	{ { [10] = 0xff, 0xff }, 96, embedded },      /* RFC 4291: IPv4-mapped */
	{ { [8] = 0xff, 0xff }, 96, embedded },       /* RFC 2765: IPv4-translated */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, embedded }, /* RFC 6052: NAT64 */
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, embedded }, /* RFC 8215: the same, local */
	{ { 0x01, 0x00 }, 64, "discard" },                        /* RFC 6666 */
	{ { 0x01, 0x00, [7] = 1 }, 64, "discard" },               /* RFC 9780: dummy */
	{ { 0x20, 0x01 }, 32, embedded },                         /* RFC 4380: Teredo */
	{ { 0x20, 0x01 }, 23, "reserved" },             /* RFC 2928: protocol assignments, ORCHID */
	{ { 0x20, 0x02 }, 16, embedded },               /* RFC 3056: 6to4 */
	{ { 0x5f, 0x00 }, 16, "reserved" },             /* RFC 9602: SIDs of SRv6 */
	{ { 0xfd, 0x00, 0x0e, 0xc2 }, 32, "metadata" }, /* of EC2; before the row that has it too */
	{ { 0xfc }, 7, private_use },                   /* RFC 4193: unique local */
	{ { 0xfe, 0x80 }, 10, "link-local" },           /* RFC 4291 */
	{ { 0xfe, 0xc0 }, 10, "site-local" },           /* RFC 3879 */
	{ { 0xff }, 8, "multicast" },                   /* RFC 4291 */
};

static bool has_prefix(const uint8_t *bytes, const uint8_t *prefix, unsigned bits)
{
	uint8_t mask = (uint8_t)(0xff00U >> bits % 8);

	return memcmp(bytes, prefix, bits / 8) == 0 &&
	       (bits % 8 == 0 || ((bytes[bits / 8] ^ prefix[bits / 8]) & mask) == 0);
}

static const char *kind_v4(const struct in_addr *address)
{
	const uint8_t *bytes = (const uint8_t *)&address->s_addr;

	for (size_t i = 0; i < ARRAY_LEN(prefixes_v4); i++)
		if (has_prefix(bytes, prefixes_v4[i].bytes, prefixes_v4[i].bits))
			return prefixes_v4[i].kind;
	return NULL;
}

/* RFC 5214: an interface's id 0:5efe:a.b.c.d or 200:5efe:a.b.c.d, below any prefix. */
static bool is_isatap(const uint8_t *bytes)
{
	static const uint8_t id[4] = { 0x00, 0x00, 0x5e, 0xfe };

	return (bytes[8] & ~0x03) == id[0] && memcmp(bytes + 9, id + 1, 3) == 0;
}

static const char *kind_v6(const struct in6_addr *address)
{
	const uint8_t *bytes = address->s6_addr;

	for (size_t i = 0; i < ARRAY_LEN(prefixes_v6); i++)
		if (has_prefix(bytes, prefixes_v6[i].bytes, prefixes_v6[i].bits))
			return prefixes_v6[i].kind;
	if ((bytes[0] & 0xe0) != 0x20)
		return "reserved";
	return is_isatap(bytes) ? embedded : NULL;
}

const char *address_kind(const struct address *address)
{
	switch (address->family) {
	case AF_INET:
		return kind_v4(&address->v4);
	case AF_INET6:
		return kind_v6(&address->v6);
	default:
		return "unknown";
	}
}

bool address_is_private(const struct address *address)
{
	const char *kind = address_kind(address);

	return kind == private_use || kind == shared;
}

int address_read(const char *text, size_t n, struct address *ret)
{
	struct address address = { .family = AF_INET };
	char word[ADDRESS_TEXT];

	if (n == 0 || n >= sizeof(word) || memchr(text, '\0', n) != NULL)
		return -1;
	memcpy(word, text, n);
	word[n] = '\0';
	if (strchr(word, ':') != NULL)
		address.family = AF_INET6;
	/* Unlike inet_aton(3) it takes neither octal nor hexadecimal numbers nor fewer than four. */
	if (inet_pton(address.family, word, &address.v6) != 1)
		return -1;
	*ret = address;
	return 0;
}

void address_write(const struct address *address, char ret[ADDRESS_TEXT])
{
	if (inet_ntop(address->family, &address->v6, ret, ADDRESS_TEXT) == NULL)
		ret[0] = '\0';
}

bool address_equal(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? a->v4.s_addr == b->v4.s_addr
				    : memcmp(&a->v6, &b->v6, sizeof(a->v6)) == 0;
}
