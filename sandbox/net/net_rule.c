/* A RULE is taken apart from its end: "@private", then the ports, and what is left is the goal.
 * Reasons quote the goal alone, for failures blank what stands between a colon and an '@'.
 */
#include "sandbox/net/net_rule.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/span.h"
#include "sandbox/net/net_set.h"

#define ROWS_AT_ONCE 32
#define PORT_DIGITS  5

/* One RULE as it is written; failures need where it stands. */
struct parsed {
	const char *where;
	struct span goal;
	struct span ports; /* s NULL: none */
	bool private;
};

#define SHOWN(span) (int)((span).n > 80 ? 80 : (span).n), (span).s

/* ---- one RULE ---- */

static int port_read(struct span word, uint16_t *ret)
{
	unsigned port = 0;

	if (word.n == 0 || word.n > PORT_DIGITS || word.s[0] == '0')
		return -1;
	for (size_t i = 0; i < word.n; i++) {
		if (word.s[i] < '0' || word.s[i] > '9')
			return -1;
		port = port * 10 + (unsigned)(word.s[i] - '0');
	}
	if (port > UINT16_MAX)
		return -1;
	*ret = (uint16_t)port;
	return 0;
}

static int ports_read(const struct parsed *p, struct net_rule *ret, struct failure *f)
{
	struct span last, first = span_cut(p->ports, '-', &last);

	if (port_read(first, &ret->first_port) < 0 ||
		port_read(last.s != NULL ? last : first, &ret->last_port) < 0 ||
		ret->first_port > ret->last_port) {
		fail(f, 0, "%s: '%.*s': the port is no number from 1 to 65535, and no range",
			p->where, SHOWN(p->goal));
		return fail_remedy(f, "write HOST:PORT or HOST:FIRST-LAST");
	}
	if (ret->last_port - ret->first_port >= NET_PORTS) {
		fail(f, 0, "%s: '%.*s': a range of more than %d ports", p->where, SHOWN(p->goal),
			NET_PORTS);
		return fail_remedy(f, "each port is a listener inside; name those that are needed");
	}
	return 0;
}

static int literal_check(const struct parsed *p, const struct net_rule *rule, struct failure *f)
{
	const char *kind = address_kind(&rule->literal);

	if (kind == NULL || address_is_private(&rule->literal))
		return 0;
	fail(f, 0, "%s: '%.*s' is never permitted: %s", p->where, SHOWN(p->goal), kind);
	return fail_remedy(f, "name a host, or a public or private address");
}

static int name_read(const struct parsed *p, struct net_rule *ret, struct failure *f)
{
	struct span name = p->goal;
	const char *why;

	ret->below = span_begins(name, "*.");
	if (ret->below)
		name = (struct span){ name.s + 2, name.n - 2 };
	if (host_name_read(name.s, name.n, ret->name, &why) == 0)
		return 0;
	fail(f, 0, "%s: '%.*s' is no name of a host: %s", p->where, SHOWN(p->goal), why);
	if (span_is(p->goal, "*"))
		return fail_remedy(f, "name the hosts, or permit everything with --net full");
	return fail_remedy(
		f, "write HOST, *.SUFFIX or an address (IPv6 in brackets), and :PORT behind it");
}

static int goal_read(const struct parsed *p, struct net_rule *ret, struct failure *f)
{
	struct span goal = p->goal;
	bool bracketed = goal.n >= 2 && goal.s[0] == '[' && goal.s[goal.n - 1] == ']';

	if (bracketed)
		goal = (struct span){ goal.s + 1, goal.n - 2 };
	if (address_read(goal.s, goal.n, &ret->literal) < 0)
		return name_read(p, ret, f);
	if (bracketed != (ret->literal.family == AF_INET6)) {
		fail(f, 0, "%s: '%.*s': an IPv6 address stands in brackets, and nothing else does",
			p->where, SHOWN(p->goal));
		return fail_remedy(f, "write [2001:db8::1]:443");
	}
	return literal_check(p, ret, f);
}

/* Cut the ports off the goal: what stands behind its last colon, if that is not an address's. */
static void split_ports(struct parsed *p)
{
	struct span goal = p->goal;
	size_t colons = 0, last = 0;

	for (size_t i = 0; i < goal.n; i++) {
		if (goal.s[i] == ']') {
			colons = 0;
		} else if (goal.s[i] == ':') {
			colons++;
			last = i;
		}
	}
	if (colons != 1)
		return;
	p->ports = (struct span){ goal.s + last + 1, goal.n - last - 1 };
	p->goal.n = last;
}

static struct parsed split(const char *where, struct span text)
{
	struct span word, goal = span_cut(text, '@', &word);
	struct parsed p = { .where = where, .goal = text };

	if (word.s != NULL && span_is(word, "private")) {
		p.goal = goal;
		p.private = true;
	}
	split_ports(&p);
	return p;
}

/* ---- the table ---- */

static bool is_same(const struct net_rule *a, const struct net_rule *b)
{
	return strcmp(a->name, b->name) == 0 && a->below == b->below && a->private == b->private &&
	       address_equal(&a->literal, &b->literal) && a->first_port == b->first_port &&
	       a->last_port == b->last_port;
}

static int append(
	struct net_rules *rules, const char *where, const struct net_rule *rule, struct failure *f)
{
	struct net_rule *grown;

	for (size_t i = 0; i < rules->n; i++)
		if (is_same(&rules->v[i], rule))
			return 0;
	if (rules->n == NET_RULES) {
		fail(f, 0, "%s: more than %d rows", where, NET_RULES);
		return fail_remedy(f, "*.SUFFIX permits many hosts in one row");
	}
	if (rules->n % ROWS_AT_ONCE == 0) {
		grown = reallocarray(rules->v, rules->n + ROWS_AT_ONCE, sizeof(*rules->v));
		if (grown == NULL)
			return fail(f, errno, "allocate the rows of --net");
		rules->v = grown;
	}
	rules->v[rules->n++] = *rule;
	return 0;
}

static int append_on(struct net_rules *rules, const char *where, struct net_rule *rule,
	uint16_t port, struct failure *f)
{
	rule->first_port = rule->last_port = port;
	return append(rules, where, rule, f);
}

/* Without a port: `also` as well as 443, if it is not 0. */
static int add_one(struct net_rules *rules, const char *where, struct span text, uint16_t also,
	struct failure *f)
{
	const struct parsed p = split(where, text);
	struct net_rule rule = { .private = p.private };

	if (p.private && p.ports.s == NULL && net_set_find(p.goal.s, p.goal.n) != NULL) {
		fail(f, 0, "%s: '%.*s' is a set, and no set takes @private", where, SHOWN(p.goal));
		return fail_remedy(f, "name the host");
	}
	if (goal_read(&p, &rule, f) < 0)
		return -1;
	if (rule.literal.family != 0)
		rule.private = false; /* said by naming it */
	if (p.ports.s != NULL)
		return ports_read(&p, &rule, f) < 0 ? -1 : append(rules, where, &rule, f);
	if (append_on(rules, where, &rule, 443, f) < 0)
		return -1;
	return also == 0 ? 0 : append_on(rules, where, &rule, also, f);
}

static int add_set(
	struct net_rules *rules, const char *where, const struct net_set *set, struct failure *f)
{
	for (size_t i = 0; i < set->n; i++) {
		struct span text = { set->rows[i].rule, strlen(set->rows[i].rule) };

		if (add_one(rules, where, text, 0, f) < 0)
			return -1;
	}
	return 0;
}

static int add_rule(struct net_rules *rules, const char *where, struct span text, struct failure *f)
{
	const struct net_set *set = net_set_find(text.s, text.n);

	return set != NULL ? add_set(rules, where, set, f) : add_one(rules, where, text, 80, f);
}

static int add_list(struct net_rules *rules, const char *where, struct span list, struct failure *f)
{
	struct span rest = list;
	size_t before = rules->n;

	while (rest.s != NULL) {
		struct span rule = span_cut(rest, ',', &rest);

		if (add_rule(rules, where, rule, f) < 0) {
			rules->n = before;
			return -1;
		}
	}
	return 0;
}

int net_rules_add(struct net_rules *rules, const char *where, const char *text, struct failure *f)
{
	return add_list(rules, where, (struct span){ text, strlen(text) }, f);
}

int net_rules_add_lines(
	struct net_rules *rules, const char *where, const char *bytes, size_t n, struct failure *f)
{
	struct span rest = { bytes, n }, comment;
	size_t before = rules->n, number = 1;
	char place[128];

	for (; rest.s != NULL; number++) {
		struct span line = span_cut(rest, '\n', &rest);

		if (line.n > 0 && line.s[line.n - 1] == '\r')
			line.n--;
		line = span_trim(span_cut(line, '#', &comment));
		snprintf(place, sizeof(place), "%.100s:%zu", where, number);
		if (line.n > 0 && add_list(rules, place, line, f) < 0) {
			rules->n = before;
			return -1;
		}
	}
	return 0;
}

void net_rules_release(struct net_rules *rules)
{
	free(rules->v);
	*rules = (struct net_rules){ 0 };
}

/* ---- what it permits ---- */

static bool has_port(const struct net_rule *rule, uint16_t port)
{
	return port == 0 || (port >= rule->first_port && port <= rule->last_port);
}

static bool covers_name(const struct net_rule *rule, const char *name)
{
	if (rule->name[0] == '\0')
		return false;
	return rule->below ? host_name_is_below(name, rule->name) : strcmp(name, rule->name) == 0;
}

const struct net_rule *net_rules_find_name(
	const struct net_rules *rules, const char *name, uint16_t port)
{
	const struct net_rule *found = NULL;

	/* Of several the one that permits most. */
	for (size_t i = 0; i < rules->n; i++)
		if (has_port(&rules->v[i], port) && covers_name(&rules->v[i], name) &&
			(found == NULL || (rules->v[i].private && !found->private)))
			found = &rules->v[i];
	return found;
}

const struct net_rule *net_rules_find_address(
	const struct net_rules *rules, const struct address *address, uint16_t port)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->v[i].literal.family != 0 && has_port(&rules->v[i], port) &&
			address_equal(&rules->v[i].literal, address))
			return &rules->v[i];
	return NULL;
}

/* Put port where it belongs, if it is not there; false: there is no room. */
static bool port_insert(uint16_t *ports, size_t *n, uint16_t port)
{
	size_t at = 0;

	while (at < *n && ports[at] < port)
		at++;
	if (at < *n && ports[at] == port)
		return true;
	if (*n == NET_PORTS)
		return false;
	memmove(ports + at + 1, ports + at, (*n - at) * sizeof(*ports));
	ports[at] = port;
	(*n)++;
	return true;
}

int net_rules_ports(
	const struct net_rules *rules, uint16_t ret[NET_PORTS], size_t *ret_n, struct failure *f)
{
	uint16_t ports[NET_PORTS] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++)
		for (unsigned port = rules->v[i].first_port; port <= rules->v[i].last_port; port++)
			if (!port_insert(ports, &n, (uint16_t)port)) {
				fail(f, 0, "--net: more than %d different ports", NET_PORTS);
				return fail_remedy(f, "each is a listener inside; name fewer");
			}
	memcpy(ret, ports, n * sizeof(*ports));
	*ret_n = n;
	return 0;
}

/* Everything that a permits on the port, b permits. */
static bool is_covered_by(const struct net_rule *a, const struct net_rule *b, uint16_t port)
{
	if (!has_port(b, port) || (a->private && !b->private))
		return false;
	if (a->literal.family != 0 || b->literal.family != 0)
		return address_equal(&a->literal, &b->literal);
	if (!a->below)
		return covers_name(b, a->name);
	return b->below && (strcmp(a->name, b->name) == 0 || host_name_is_below(a->name, b->name));
}

static bool is_covered(const struct net_rule *rule, const struct net_rules *wide, uint16_t port)
{
	for (size_t i = 0; i < wide->n; i++)
		if (is_covered_by(rule, &wide->v[i], port))
			return true;
	return false;
}

bool net_rules_within(const struct net_rules *narrow, const struct net_rules *wide)
{
	for (size_t i = 0; i < narrow->n; i++) {
		const struct net_rule *rule = &narrow->v[i];

		for (unsigned port = rule->first_port; port <= rule->last_port; port++)
			if (!is_covered(rule, wide, (uint16_t)port))
				return false;
	}
	return true;
}

void net_rule_write(const struct net_rule *rule, char *ret, size_t size)
{
	char address[ADDRESS_TEXT] = "", ports[2 * PORT_DIGITS + 3];
	bool bracketed = rule->literal.family == AF_INET6;

	if (rule->literal.family != 0)
		address_write(&rule->literal, address);
	snprintf(ports, sizeof(ports), rule->first_port == rule->last_port ? "%u" : "%u-%u",
		rule->first_port, rule->last_port);
	snprintf(ret, size, "%s%s%s%s%s:%s%s", rule->below ? "*." : "", rule->name,
		bracketed ? "[" : "", address, bracketed ? "]" : "", ports,
		rule->private ? "@private" : "");
}
