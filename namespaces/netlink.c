#include "namespaces/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

int netlink_open(unsigned *ret_lo, struct failure *f)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	*ret_lo = if_nametoindex("lo");
	if (fd < 0 || *ret_lo == 0)
		return fail(f, errno, "reach the loopback inside");
	return fd;
}

void netlink_put(struct netlink_request *request, unsigned short type, const void *value, size_t n)
{
	struct rtattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(attribute), value, n);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + RTA_ALIGN(RTA_LENGTH(n));
}

int netlink_ask(int fd, struct netlink_request *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	ssize_t n;

	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		return errno;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return errno;
	if ((size_t)n < offsetof(__typeof__(answer), rest) || answer.head.nlmsg_type != NLMSG_ERROR)
		return EPROTO;
	return -answer.error.error;
}

bool netlink_has_no_rules(int errnum)
{
	return errnum == EOPNOTSUPP || errnum == EAFNOSUPPORT;
}
