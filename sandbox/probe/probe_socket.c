/* sandbox/probe/probe_socket.c: sockets: which families there are, and who answers. */
#include "sandbox/probe/probe_socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- sockets ---- */

static int socket_open(int argc, char **argv)
{
	return probe_answer(socket(atoi(probe_argument(argc, argv, 0)),
		atoi(probe_argument(argc, argv, 1)), argc > 2 ? atoi(argv[2]) : 0));
}

/* The families that open with any type. */
static int socket_families(int argc, char **argv)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM };

	(void)argc, (void)argv;
	for (int family = 0; family <= 45; family++)
		for (size_t i = 0; i < PROBE_COUNT(types); i++) {
			int fd = socket(family, types[i] | SOCK_CLOEXEC, 0);

			if (fd < 0)
				continue;
			close(fd);
			printf("%d\n", family);
			break;
		}
	return PROBE_PRINTED;
}

static int unix_address(const char *name, bool abstract, struct sockaddr_un *ret)
{
	size_t n = strlen(name);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n + 1 >= sizeof(ret->sun_path))
		exit(2);
	memcpy(ret->sun_path + (abstract ? 1 : 0), name, n);
	return (int)(offsetof(struct sockaddr_un, sun_path) + n + 1);
}

static int unix_connect(const char *name, bool abstract)
{
	struct sockaddr_un address;
	int length = unix_address(name, abstract, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno
		      : probe_answer(connect(fd, (struct sockaddr *)&address, (socklen_t)length));
}

static int connect_path(int argc, char **argv)
{
	return unix_connect(probe_argument(argc, argv, 0), false);
}

static int connect_abstract(int argc, char **argv)
{
	return unix_connect(probe_argument(argc, argv, 0), true);
}

static int listen_abstract(int argc, char **argv)
{
	struct sockaddr_un address;
	int length = unix_address(probe_argument(argc, argv, 0), true, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)length) < 0 ||
		listen(fd, 5) < 0)
		return errno;
	return probe_hold();
}

static int connect_tcp(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(probe_argument(argc, argv, 0), probe_argument(argc, argv, 1), &hints,
		    &found) != 0)
		return EINVAL;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? errno : probe_answer(connect(fd, found->ai_addr, found->ai_addrlen));
}

static int resolve(int argc, char **argv)
{
	struct addrinfo *found;
	int error = getaddrinfo(probe_argument(argc, argv, 0), NULL, NULL, &found);

	if (error == 0)
		return 0;
	puts(gai_strerror(error));
	return PROBE_PRINTED;
}

const struct probe probes_socket[] = {
	{ "socket", socket_open },
	{ "socket-families", socket_families },
	{ "connect-path", connect_path },
	{ "connect-abstract", connect_abstract },
	{ "listen-abstract", listen_abstract },
	{ "connect-tcp", connect_tcp },
	{ "resolve", resolve },
	{ NULL, NULL },
};
