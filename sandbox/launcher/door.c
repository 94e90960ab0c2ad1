#include "sandbox/launcher/door.h"

#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 8

static void name_door(const char *id, char ret[DOOR_NAME_SIZE])
{
	snprintf(ret, DOOR_NAME_SIZE, "%.*s.attach", STATE_ID_LENGTH, id);
}

void door_address(int dir_fd, const char *id, struct sockaddr_un *ret)
{
	char name[DOOR_NAME_SIZE];

	name_door(id, name);
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", dir_fd, name);
}

int door_open(struct door *door, int dir_fd, const char *id, struct failure *f)
{
	struct sockaddr_un address;
	own_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	door_address(dir_fd, id, &address);
	name_door(id, door->name);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(f, errno, "make the door of the run");
	door->dir_fd = dir_fd;
	door->listener_fd = own_fd_give(&fd);
	return listen(door->listener_fd, BACKLOG) < 0 ? fail(f, errno, "listen at the run's door")
						      : 0;
}

/* The directory keeps others out; root aside, who comes by another way is none of ours. */
static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

void door_take(const struct door *door, int porter_fd)
{
	own_fd int fd = accept4(door->listener_fd, NULL, NULL, SOCK_CLOEXEC);
	const struct packet_fds fds = { { fd }, 1 };
	struct failure unsent; /* the porter was ended: our closing the connection says so */

	if (fd >= 0 && is_ours(fd))
		packet_send(porter_fd, "", 1, &fds, MSG_DONTWAIT, &unsent);
}

unsigned door_entered(int *porter_fd)
{
	struct failure f;
	unsigned n = 0;
	char word;
	int got;

	if (*porter_fd < 0)
		return 0;
	while ((got = packet_receive(*porter_fd, &word, 1, NULL, MSG_DONTWAIT, &f)) > 0)
		n++;
	if (got == 0 || f.errnum != EAGAIN)
		own_fd_end(porter_fd);
	return n;
}

void door_close(struct door *door)
{
	if (door->listener_fd >= 0)
		unlinkat(door->dir_fd, door->name, 0);
	own_fd_end(&door->listener_fd);
}
