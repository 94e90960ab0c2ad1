#include "sandbox/egress/name_server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define QUESTION_BYTES 4096
#define TTL_S          60
#define TURN_QUESTIONS 256

/* Most who ask for one family of addresses ask for the other too, in either order: that is one
 * wish, and one record. Who asks for one alone is told of as well. */
static bool is_other_half(struct gateway *gateway, const char *name, uint16_t type)
{
	struct name_wish *wish;

	if (type != DNS_A && type != DNS_AAAA)
		return false;
	for (size_t i = 0; i < GATEWAY_WISHES; i++) {
		wish = &gateway->wishes[i];
		if (wish->type != type && strcmp(wish->name, name) == 0) {
			wish->name[0] = '\0';
			return true;
		}
	}
	wish = &gateway->wishes[gateway->wishes_at++ % GATEWAY_WISHES];
	snprintf(wish->name, sizeof(wish->name), "%s", name);
	wish->type = type;
	return false;
}

static void tell(struct gateway *gateway, const struct dns_query *query, const char *reason)
{
	struct egress_record record = { .verdict = EGRESS_REFUSED, .protocol = "dns" };
	const char *name = query->name[0] != '\0' ? query->name : query->shown;

	if (name[0] != '\0' && is_other_half(gateway, name, query->type))
		return;
	snprintf(record.name, sizeof(record.name), "%s", name);
	snprintf(record.reason, sizeof(record.reason), "%s", reason);
	gateway_tell(gateway, &record);
}

/* Names of the zone that only says who an address is are no attempt to reach anybody. */
static bool is_reverse(const char *name)
{
	return host_name_is_below(name, "in-addr.arpa") || host_name_is_below(name, "ip6.arpa");
}

/* "_https._tcp.a.example" asks where a.example has that service (RFC 2782): apt does, before it
 * goes there itself. */
static bool is_service_of_permitted(const struct gateway *gateway, const char *name)
{
	const char *host = name;

	while (*host == '_' && strchr(host, '.') != NULL)
		host = strchr(host, '.') + 1;
	return host != name && net_rules_find_name(&gateway->rules, host, 0) != NULL;
}

static enum dns_rcode look_up(
	struct gateway *gateway, const struct dns_query *query, struct in_addr *ret, bool *ret_has)
{
	const struct net_rule *rule;

	*ret_has = false;
	if (query->name[0] == '\0') {
		tell(gateway, query, query->why != NULL ? query->why : "no name of a host");
		return DNS_NXDOMAIN;
	}
	rule = net_rules_find_name(&gateway->rules, query->name, 0);
	if (rule == NULL) {
		if (!is_reverse(query->name) && !is_service_of_permitted(gateway, query->name))
			tell(gateway, query, "not permitted");
		return DNS_NXDOMAIN;
	}
	if (query->type != DNS_A && query->type != DNS_ANY)
		return DNS_NOERROR; /* it is there, and has nothing of that type */
	if (!name_table_give(&gateway->names, &gateway->rules, rule, query->name, ret)) {
		tell(gateway, query, "too many names were asked for in this run");
		return DNS_SERVFAIL;
	}
	*ret_has = true;
	return DNS_NOERROR;
}

size_t name_server_reply(
	struct gateway *gateway, const uint8_t *bytes, size_t n, uint8_t ret[DNS_MESSAGE_BYTES])
{
	struct dns_query query;
	struct in_addr address;
	bool has = false;
	int rcode = dns_query_read(bytes, n, &query);

	if (rcode < 0)
		return 0;
	if (rcode == 0)
		rcode = (int)look_up(gateway, &query, &address, &has);
	return dns_answer_write(
		&query, bytes, (enum dns_rcode)rcode, has ? &address : NULL, TTL_S, ret);
}

void name_server_answer(struct listener *listener)
{
	uint8_t question[QUESTION_BYTES], reply[DNS_MESSAGE_BYTES];
	struct sockaddr_in from;

	for (unsigned i = 0; i < TURN_QUESTIONS; i++) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(listener->watcher.fd, question, sizeof(question), MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);
		size_t length;

		if (n < 0)
			return;
		length = name_server_reply(listener->gateway, question, (size_t)n, reply);
		if (length > 0)
			sendto(listener->watcher.fd, reply, length, MSG_DONTWAIT | MSG_NOSIGNAL,
				(struct sockaddr *)&from, size);
	}
}
