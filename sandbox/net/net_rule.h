/* sandbox/net/net_rule.h: what --net allow:… permits, as rows.
 *
 * Pure     no I/O. Memory is the table's own.
 * Grammar  RULE[,RULE…]; RULE is GOAL[:PORT[-PORT]][@private]; GOAL is a name of a host, "*."
 *          and a name (what is one label or more below it, never itself), a literal address
 *          (IPv6 in brackets), or the name of a set (net_set.h) with neither port nor @private.
 *          Without a port: 443 and 80.
 *          @private: the name may resolve to a private address of ours. A literal address
 *          needs no such word: naming it is saying so. Loopback, link-local (where clouds
 *          answer with credentials) and multicast literals are refused whatever is said.
 */
#ifndef SANDBOX_NET_NET_RULE_H
#define SANDBOX_NET_NET_RULE_H

#include "sandbox/base/failure.h"
#include "sandbox/net/address.h"
#include "sandbox/net/host_name.h"

#include <stdint.h>

#define NET_RULES 512 /* rows of one run */
#define NET_PORTS 64  /* different ports of one run: each is a listener inside */

struct net_rule {
	char name[HOST_NAME_BYTES]; /* "" where it is a literal address */
	bool below;                 /* "*.name" */
	bool private;               /* may resolve to a private address */
	struct address literal;     /* family 0 where it is a name */
	uint16_t first_port, last_port;
};

struct net_rules {
	struct net_rule *v; /* owned */
	size_t n;
};

/* Append what text (one RULE or several with commas) permits. where: what a failure calls it.
 * Two rows per RULE without a port. A failure leaves the table as it was. */
int net_rules_add(struct net_rules *rules, const char *where, const char *text, struct failure *f);
/* Lines of RULEs; empty lines and what follows '#' do not count. */
int net_rules_add_lines(
	struct net_rules *rules, const char *where, const char *bytes, size_t n, struct failure *f);
void net_rules_release(struct net_rules *rules);

/* The row that permits name (in its one spelling) on port; port 0: on any. NULL: none. */
const struct net_rule *net_rules_find_name(
	const struct net_rules *rules, const char *name, uint16_t port);
const struct net_rule *net_rules_find_address(
	const struct net_rules *rules, const struct address *address, uint16_t port);

/* The different ports of all rows, ascending; -1: more than NET_PORTS (f says so). */
int net_rules_ports(
	const struct net_rules *rules, uint16_t ret[NET_PORTS], size_t *ret_n, struct failure *f);

/* Does every row of `narrow` permit only what `wide` permits? For a repository's own file. */
bool net_rules_within(const struct net_rules *narrow, const struct net_rules *wide);

/* As the grammar has it: "*.example.org:8000-8010@private". */
void net_rule_write(const struct net_rule *rule, char *ret, size_t size);

#endif
