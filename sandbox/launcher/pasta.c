#include "sandbox/launcher/pasta.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <string.h>

int pasta_find(int *ret_fd, struct failure *f)
{
	static const char *const paths[] = { "/usr/bin/pasta", "/usr/local/bin/pasta",
		"/bin/pasta" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		*ret_fd = open(paths[i], O_PATH | O_CLOEXEC);
		if (*ret_fd >= 0)
			return 0;
		if (errno != ENOENT)
			return fail(f, errno, "open %s", paths[i]);
	}
	fail(f, 0, "--net full is served by pasta, and there is no %s", paths[0]);
	return fail_remedy(f, "apt-get install passt, or name the hosts: --net allow:HOST[,HOST…]");
}

/* The loopback's and those of links need no row: they are never left, or in fence.c's table. */
static bool read_address(const struct sockaddr *from, struct fence_address *ret)
{
	if (from == NULL)
		return false;
	*ret = (struct fence_address){ .family = from->sa_family };
	if (from->sa_family == AF_INET) {
		ret->v4 = ((const struct sockaddr_in *)from)->sin_addr;
		return (ntohl(ret->v4.s_addr) >> 24) != IN_LOOPBACKNET;
	}
	if (from->sa_family != AF_INET6)
		return false;
	ret->v6 = ((const struct sockaddr_in6 *)from)->sin6_addr;
	return !IN6_IS_ADDR_LOOPBACK(&ret->v6) && !IN6_IS_ADDR_LINKLOCAL(&ret->v6);
}

int pasta_plan(struct net_plan *ret, struct failure *f)
{
	struct ifaddrs *all = NULL;
	struct fence_address address;
	int result = 0;

	ret->full = true;
	if (getifaddrs(&all) < 0)
		return fail(f, errno, "list this host's addresses");
	for (const struct ifaddrs *at = all; at != NULL && result == 0; at = at->ifa_next) {
		if (!read_address(at->ifa_addr, &address))
			continue;
		if (ret->own_n < NET_OWN)
			ret->own[ret->own_n++] = address;
		else
			result = fail(
				f, 0, "--net full: this host has more than %d addresses", NET_OWN);
	}
	freeifaddrs(all);
	return result;
}
