#include "sandbox/net/http_goal.h"

#include <stdio.h>
#include <string.h>

#define PORT_DIGITS 5

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

/* "[ADDRESS]" at the front; *rest is what stands behind it, with its colon. */
static int bracketed_read(struct span text, struct http_goal *ret, struct span *rest)
{
	struct span behind,
		inside = span_cut((struct span){ text.s + 1, text.n - 1 }, ']', &behind);

	if (behind.s == NULL || address_read(inside.s, inside.n, &ret->address) < 0 ||
		ret->address.family != AF_INET6)
		return -1;
	if (behind.n > 0 && behind.s[0] != ':')
		return -1;
	*rest = behind.n > 0 ? (struct span){ behind.s + 1, behind.n - 1 }
			     : (struct span){ NULL, 0 };
	return 0;
}

static int host_read(struct span host, struct http_goal *ret)
{
	const char *why;

	/* An IPv6 address has colons: it does not come here. */
	if (address_read(host.s, host.n, &ret->address) == 0)
		return 0;
	return host_name_read(host.s, host.n, ret->name, &why);
}

int http_goal_read(struct span text, struct http_goal *ret)
{
	struct http_goal goal = { .port = 0 };
	struct span port;

	if (text.n > 0 && text.s[0] == '[') {
		if (bracketed_read(text, &goal, &port) < 0)
			return -1;
	} else if (host_read(span_cut(text, ':', &port), &goal) < 0) {
		return -1;
	}
	if (port.s != NULL && port_read(port, &goal.port) < 0)
		return -1;
	*ret = goal;
	return 0;
}

uint16_t http_goal_port(const struct http_goal *goal)
{
	return goal->port != 0 ? goal->port : HTTP_GOAL_PORT;
}

bool http_goal_is_host(const struct http_goal *a, const struct http_goal *b)
{
	return strcmp(a->name, b->name) == 0 && a->address.family == b->address.family &&
	       (a->address.family == 0 || address_equal(&a->address, &b->address));
}

const char *http_goal_write(
	const struct http_goal *goal, uint16_t usual_port, char ret[HTTP_GOAL_TEXT])
{
	bool bracketed = goal->address.family == AF_INET6;
	char address[ADDRESS_TEXT] = "", port[PORT_DIGITS + 2] = "";

	if (goal->address.family != 0)
		address_write(&goal->address, address);
	if (goal->port != 0 && goal->port != usual_port)
		snprintf(port, sizeof(port), ":%u", goal->port);
	snprintf(ret, HTTP_GOAL_TEXT, "%s%s%s%s%s", goal->name, bracketed ? "[" : "", address,
		bracketed ? "]" : "", port);
	return ret;
}
