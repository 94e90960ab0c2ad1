#include "namespaces/network.h"

#include "sandbox/base/own.h"

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

/* Where tunnel modules are loaded, every new namespace gets their fallback devices (sit0,
 * tunl0, …: net.core.fb_tunnels_only_for_init_net). They are down, lead nowhere, and
 * nobody inside may raise them. */
static int interface_down(const char *name, struct failure *f)
{
	struct ifreq request = { 0 };
	own_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return fail(f, errno, "read the flags of %s", name);
	if ((request.ifr_flags & IFF_UP) != 0)
		return fail(
			f, 0, "the new network namespace has the interface %s, and it is up", name);
	return 0;
}

int network_prove(struct failure *f)
{
	struct if_nameindex *all;
	int result = 0;

	all = if_nameindex();
	if (all == NULL)
		return fail(f, errno, "list the network interfaces");
	for (size_t i = 0; all[i].if_index != 0 && result == 0; i++)
		if (strcmp(all[i].if_name, "lo") != 0)
			result = interface_down(all[i].if_name, f);
	if_freenameindex(all);
	return result;
}
