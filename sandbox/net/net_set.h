/* sandbox/net/net_set.h: hosts that a package manager needs, under one word.
 *
 * Pure     a table: npm, pypi, crates, go, maven, debian, github; each row one public host
 *          name with its reason. Nothing outside of the set is implied by it.
 */
#ifndef SANDBOX_NET_NET_SET_H
#define SANDBOX_NET_NET_SET_H

#include <stddef.h>

struct net_set_row {
	const char *rule; /* as net_rule.h has it: a name, with a port where 443 is not meant */
	const char *reason;
};

struct net_set {
	const char *name;
	const char *purpose; /* "packages of Node.js" */
	const struct net_set_row *rows;
	size_t n;
};

extern const struct net_set net_sets[];
extern const size_t net_sets_n;

/* NULL: there is none of this name. */
const struct net_set *net_set_find(const char *name, size_t n);

#endif
