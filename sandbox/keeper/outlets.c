#include "sandbox/keeper/outlets.h"

#include "namespaces/fence.h"
#include "namespaces/loopback.h"
#include "sandbox/base/own.h"
#include "sandbox/companion/egress_message.h"
#include "sandbox/keeper/orders.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define BACKLOG 4096

static int listen_at(uint32_t address, uint16_t port, int type, struct failure *f)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)
	};
	own_fd int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
		(type == SOCK_STREAM && listen(fd, BACKLOG) < 0))
		return fail(f, errno, "listen on port %u inside", port);
	return own_fd_give(&fd);
}

/* In the order of their places. */
static int listen_place(const struct net_plan *net, size_t place, struct failure *f)
{
	switch (place) {
	case EGRESS_NAMES_UDP:
		return listen_at(INADDR_LOOPBACK, EGRESS_NAMES_PORT, SOCK_DGRAM, f);
	case EGRESS_NAMES_TCP:
		return listen_at(INADDR_LOOPBACK, EGRESS_NAMES_PORT, SOCK_STREAM, f);
	case EGRESS_PROXY:
		return listen_at(INADDR_LOOPBACK, EGRESS_PROXY_PORT, SOCK_STREAM, f);
	default:
		return listen_at(INADDR_ANY, net->ports[place - EGRESS_FIRST_PORT], SOCK_STREAM, f);
	}
}

static int hand_over(struct keeper *k, size_t place, struct packet_fds *fds, struct failure *f)
{
	const struct message message = { .type = MESSAGE_OUTLETS, .status = (int)place };
	int result = message_send(k->ends.socket, &message, fds, f);

	packet_fds_end(fds);
	*fds = (struct packet_fds)PACKET_FDS_NONE;
	return result;
}

static int open_all(struct keeper *k, const struct net_plan *net, struct failure *f)
{
	const size_t n = EGRESS_FIRST_PORT + net->ports_n;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	size_t first = 0;

	for (size_t place = 0; place < n; place++) {
		int fd = listen_place(net, place, f);

		if (fd < 0)
			return -1;
		fds.at[fds.n++] = fd;
		if (fds.n < PACKET_FDS && place + 1 < n)
			continue;
		if (hand_over(k, first, &fds, f) < 0)
			return -1;
		first = place + 1;
	}
	return 0;
}

/* Out of reach is what has to be before there is a way to it. */
static int join_host(struct keeper *k, const struct net_plan *net, struct failure *f)
{
	static const char *const paths[] = { "/proc/self/ns/user", "/proc/self/ns/net" };
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	struct message joined;

	if (fence_raise(net->own, net->own_n, f) < 0)
		return -1;
	for (; fds.n < ARRAY_LEN(paths); fds.n++) {
		fds.at[fds.n] = open(paths[fds.n], O_RDONLY | O_CLOEXEC);
		if (fds.at[fds.n] < 0)
			return fail(f, errno, "open %s", paths[fds.n]);
	}
	if (hand_over(k, 0, &fds, f) < 0 || orders_expect(k, MESSAGE_JOINED, 0, &joined, f) < 0)
		return -1;
	return fence_prove(f);
}

int outlets_open(struct keeper *k, struct failure *f)
{
	const struct net_plan *net = &k->plan->net;

	if (net->full)
		return join_host(k, net, f);
	if (!net->on)
		return 0;
	if (loopback_take((struct in_addr){ htonl(EGRESS_NETWORK) }, EGRESS_PREFIX, f) < 0)
		return -1;
	for (size_t i = 0; i < net->literals_n; i++)
		if (loopback_take(net->literals[i], 32, f) < 0)
			return -1;
	return open_all(k, net, f);
}
