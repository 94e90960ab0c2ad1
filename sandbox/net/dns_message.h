/* sandbox/net/dns_message.h: the questions that a name server of ours understands, and its answers.
 *
 * Pure     no I/O, no allocation; fuzzed.
 * Strict   one question, class IN, opcode QUERY, no compression in the question; what follows
 *          the question (EDNS) is not looked at.
 * Source   RFC 1035, section 4; RFC 6891; RFC 8482.
 */
#ifndef SANDBOX_NET_DNS_MESSAGE_H
#define SANDBOX_NET_DNS_MESSAGE_H

#include "sandbox/net/host_name.h"

#include <netinet/in.h>
#include <stdint.h>

#define DNS_MESSAGE_BYTES 512 /* of an answer of ours, at most */

enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_ANY = 255 };
enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5
};

struct dns_query {
	uint16_t id, flags; /* as they came, in host order */
	uint16_t type;
	size_t question_bytes;       /* header and question; what an answer repeats */
	char name[HOST_NAME_BYTES];  /* in the one spelling; "" if it is none */
	char shown[HOST_NAME_BYTES]; /* for people: printable, cut; also where it is no name */
	const char *why;             /* why it is no name; NULL if it is one */
};

/* 0; or an rcode to answer with (FORMERR, NOTIMP: id, flags and question_bytes are set, the
 * latter to the header alone if no question could be read); -1: not worth an answer (too short
 * for a header, or an answer itself). */
int dns_query_read(const uint8_t *bytes, size_t n, struct dns_query *ret);

/* The answer to query, whose bytes are given again; with `address` an A record of `ttl_s`
 * seconds. Returns its length, at most DNS_MESSAGE_BYTES. Authoritative and "recursion
 * available" are set, for resolvers that look for a server which says so. */
size_t dns_answer_write(const struct dns_query *query, const uint8_t *bytes, enum dns_rcode rcode,
	const struct in_addr *address, uint32_t ttl_s, uint8_t ret[DNS_MESSAGE_BYTES]);

#endif
