#include "sandbox/egress/passage_goal.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"

#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS 10000 /* for one address */
#define RESOLVE_MS 30000

int passage_permit(struct passage *c)
{
	const struct net_rules *rules = &c->gateway->rules;
	char text[ADDRESS_TEXT];

	if (c->goal.name[0] != '\0')
		c->rule = net_rules_find_name(rules, c->goal.name, c->goal.port);
	else
		c->rule = net_rules_find_address(rules, &c->goal.address, c->goal.port);
	if (c->rule != NULL)
		return 0;
	if (c->goal.name[0] != '\0')
		passage_refuse(c, 403, EGRESS_REFUSED, "not permitted; --net allow:%.100s:%d",
			c->goal.name, c->goal.port);
	else {
		address_write(&c->goal.address, text);
		passage_refuse(c, 403, EGRESS_REFUSED,
			"an address, not a name, and not permitted; --net allow:%s%s%s:%d",
			c->goal.address.family == AF_INET6 ? "[" : "", text,
			c->goal.address.family == AF_INET6 ? "]" : "", c->goal.port);
	}
	return -1;
}

static socklen_t socket_address(
	const struct address *address, uint16_t port, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (address->family == AF_INET) {
		*(struct sockaddr_in *)ret = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = address->v4
		};
		return sizeof(struct sockaddr_in);
	}
	*(struct sockaddr_in6 *)ret = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = address->v6
	};
	return sizeof(struct sockaddr_in6);
}

/* One of the host's own? The kernel says which source it would take: for an address of its
 * own that is the address itself. Nothing is sent. */
static bool is_our_own(const struct address *address)
{
	struct sockaddr_storage to, from = { 0 };
	socklen_t size = socket_address(address, 9, &to), from_size = sizeof(from);
	own_fd int fd = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return true; /* not known to be another's */
	if (connect(fd, (const struct sockaddr *)&to, size) < 0)
		return false; /* not to be had at all, which connecting will say */
	if (getsockname(fd, (struct sockaddr *)&from, &from_size) < 0)
		return true;
	return address->family == AF_INET
		       ? ((struct sockaddr_in *)&from)->sin_addr.s_addr == address->v4.s_addr
		       : memcmp(&((struct sockaddr_in6 *)&from)->sin6_addr, &address->v6,
				 sizeof(address->v6)) == 0;
}

/* NULL: it may be connected to. A literal address was named by the user, as it stands. */
static const char *why_not(const struct passage *c, const struct address *address)
{
	const struct net_rule *rule = c->rule;
	const char *kind = address_kind(address);

	/* A login goes over plain http: to one of ours, never out into the world. */
	if (http_credentials_find(&c->gateway->credentials, &c->goal) != NULL &&
		!address_is_private(address))
		return "not private, as --credential wants it";
	if (rule->literal.family != 0)
		return NULL;
	if (kind != NULL && !(rule->private && address_is_private(address)))
		return kind;
	return is_our_own(address) ? "one of this host's own" : NULL;
}

static void connect_now(struct passage *c)
{
	const struct address *address = &c->addresses[c->address_at];
	struct sockaddr_storage to;
	socklen_t size = socket_address(address, c->goal.port, &to);

	address_write(address, c->record.address);
	c->stage = PASSAGE_CONNECTED;
	c->deadline_ms = clock_now_ms() + CONNECT_MS;
	own_fd_end(&c->outside.fd);
	c->up.writable = c->down.readable = false;
	c->outside.fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->outside.fd < 0) {
		passage_next(c, errno);
		return;
	}
	passage_prepare_socket(c->outside.fd);
	/* Watched only then: before it a socket claims to have been hung up. */
	if ((connect(c->outside.fd, (const struct sockaddr *)&to, size) < 0 &&
		    errno != EINPROGRESS) ||
		gateway_watch(c->gateway, &c->outside) < 0)
		passage_next(c, errno);
}

void passage_next(struct passage *c, int errnum)
{
	if (++c->address_at < c->addresses_n)
		connect_now(c);
	else
		passage_refuse(c, 502, EGRESS_BROKEN, "%s", strerror(errnum));
}

void passage_reached(struct passage *c)
{
	socklen_t size = sizeof(int);
	int errnum = 0;

	if (getsockopt(c->outside.fd, SOL_SOCKET, SO_ERROR, &errnum, &size) < 0)
		errnum = errno;
	if (errnum != 0) {
		passage_next(c, errnum);
		return;
	}
	c->stage = PASSAGE_CARRIED;
	c->deadline_ms = UINT64_MAX;
}

/* Those of the answers that may be connected to. */
static void on_addresses(void *data, const struct address *addresses, size_t n, const char *reason)
{
	struct passage *c = data;
	const char *kind = NULL;
	char text[ADDRESS_TEXT] = "";

	c->asking = false;
	if (c->stage != PASSAGE_RESOLVED)
		return; /* it gave up meanwhile */
	for (size_t i = 0; i < n; i++) {
		const char *bad = why_not(c, &addresses[i]);

		if (bad == NULL) {
			c->addresses[c->addresses_n++] = addresses[i];
			continue;
		}
		kind = bad;
		address_write(&addresses[i], text);
	}
	if (c->addresses_n > 0) {
		connect_now(c);
	} else if (kind != NULL) {
		snprintf(c->record.address, sizeof(c->record.address), "%s", text);
		passage_refuse(c, 403, EGRESS_REFUSED, "its address is %s: %s%s", kind, text,
			c->rule->private ? "" : " (@private permits private ones)");
	} else {
		passage_refuse(c, 502, EGRESS_BROKEN, "its name: %s", reason);
	}
	c->go_on(c);
}

void passage_reach(struct passage *c)
{
	c->addresses_n = c->address_at = 0;
	if (c->goal.name[0] == '\0') {
		const char *kind = why_not(c, &c->goal.address);

		if (kind != NULL) {
			passage_refuse(c, 403, EGRESS_REFUSED, "this address is %s", kind);
			return;
		}
		c->addresses[c->addresses_n++] = c->goal.address;
		connect_now(c);
		return;
	}
	c->stage = PASSAGE_RESOLVED;
	c->deadline_ms = clock_now_ms() + RESOLVE_MS;
	c->asking = true;
	resolver_ask(&c->gateway->resolver, c->goal.name, on_addresses, c);
}
