/* sandbox/egress/name_table.h: the names that a build has asked for, and the address that each has
 * inside.
 *
 * A name keeps its address for the length of the run: that is how a connection tells which name
 * was dialled.
 *
 * Limits   NAME_TABLE_NAMES of all, NAME_TABLE_BELOW below one "*." row: a name can carry data
 *          to whoever serves that domain, so how many are asked for is bounded.
 */
#ifndef SANDBOX_EGRESS_NAME_TABLE_H
#define SANDBOX_EGRESS_NAME_TABLE_H

#include "sandbox/net/net_rule.h"

#define NAME_TABLE_NAMES 4096
#define NAME_TABLE_BELOW 512

struct name_table {
	char **names; /* owned; the index is the address */
	size_t n;
	size_t below[NET_RULES]; /* names that the row of this index has permitted */
};

/* The address of name, which rule (a row of rules) permits. false: no room, or no memory. */
bool name_table_give(struct name_table *table, const struct net_rules *rules,
	const struct net_rule *rule, const char *name, struct in_addr *ret);
/* The name of an address; NULL: nobody has it. */
const char *name_table_find(const struct name_table *table, struct in_addr address);
/* Is it of the network that names have theirs of? */
bool name_table_covers(struct in_addr address);

#endif
