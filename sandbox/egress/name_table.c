#include "sandbox/egress/name_table.h"

#include "sandbox/companion/egress_message.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* The network's own address is nobody's. */
#define FIRST (EGRESS_NETWORK + 1)

bool name_table_give(struct name_table *table, const struct net_rules *rules,
	const struct net_rule *rule, const char *name, struct in_addr *ret)
{
	size_t row = (size_t)(rule - rules->v), i = 0;

	while (i < table->n && strcmp(table->names[i], name) != 0)
		i++;
	ret->s_addr = htonl(FIRST + (uint32_t)i);
	if (i < table->n)
		return true;
	if (i == NAME_TABLE_NAMES || (rule->below && table->below[row] == NAME_TABLE_BELOW))
		return false;
	if (table->names == NULL)
		table->names = calloc(NAME_TABLE_NAMES, sizeof(*table->names));
	if (table->names == NULL || (table->names[i] = strdup(name)) == NULL)
		return false;
	table->n++;
	table->below[row] += rule->below ? 1 : 0;
	return true;
}

const char *name_table_find(const struct name_table *table, struct in_addr address)
{
	uint32_t number = ntohl(address.s_addr);

	if (number < FIRST || number - FIRST >= table->n)
		return NULL;
	return table->names[number - FIRST];
}

bool name_table_covers(struct in_addr address)
{
	uint32_t number = ntohl(address.s_addr);

	return number >= EGRESS_NETWORK && number < EGRESS_NETWORK_END;
}
