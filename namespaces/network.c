#include "namespaces/network.h"

#include "namespaces/proof.h"
#include "sandbox/own.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int loopback_up(struct failure *f)
{
	struct ifreq request = { .ifr_name = "lo" };
	own_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail(f, errno, "open a socket to configure the loopback");
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return fail(f, errno, "read the flags of the loopback");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail(f, errno, "bring the loopback up");
	return 0;
}

int network_cut(bool already_new, struct failure *f)
{
	if (!already_new && unshare(CLONE_NEWNET) < 0)
		return fail(f, errno, "leave the host's network");
	return loopback_up(f);
}

int network_prove(uint64_t host_inode, struct failure *f)
{
	struct if_nameindex *all;
	bool alone;

	if (proof_namespace("net", host_inode, f) < 0)
		return -1;
	all = if_nameindex();
	if (all == NULL)
		return fail(f, errno, "list the network interfaces");
	alone = all[0].if_index != 0 && strcmp(all[0].if_name, "lo") == 0 && all[1].if_index == 0;
	if_freenameindex(all);
	if (!alone)
		return fail(f, 0, "the new network namespace has more than its loopback");
	return 0;
}
