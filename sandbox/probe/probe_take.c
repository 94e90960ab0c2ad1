/* sandbox/probe/probe_take.c: what belongs to the whole host or to the caller, taken until
 * there is no more.
 *
 * Each takes as much as it is given, in at most five seconds, says "N" or "N ERRNO" (the error
 * that ended it), and gives all of it back at its end. */
#include "sandbox/probe/probe_take.h"

#include "sandbox/probe/probe_host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_AT_MOST 5
#define MEBIBYTE        (1L << 20)

struct taken {
	long n, most;
	struct timespec end;
};

static struct taken taken_begin(int argc, char **argv)
{
	struct taken t = { 0, argc > 0 ? atol(argv[0]) : 1000, { 0 } };

	clock_gettime(CLOCK_MONOTONIC, &t.end);
	t.end.tv_sec += SECONDS_AT_MOST;
	return t;
}

static int taken_more(const struct taken *t)
{
	struct timespec now;

	if (t->n >= t->most)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec < t->end.tv_sec ||
	       (now.tv_sec == t->end.tv_sec && now.tv_nsec < t->end.tv_nsec);
}

/* What is taken is held until a byte or the end of stdin, if a second argument asks so. */
static int taken_end(const struct taken *t, int error, int argc)
{
	char c;

	if (error != 0)
		printf("%ld %s\n", t->n, strerrorname_np(error));
	else
		printf("%ld\n", t->n);
	fflush(stdout);
	if (argc > 1 && read(0, &c, 1) < 0)
		return errno;
	return PROBE_PRINTED;
}

static void files_allow(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int take_each(int argc, char **argv, int (*take_one)(void))
{
	struct taken t = taken_begin(argc, argv);
	int error = 0;

	files_allow();
	for (; error == 0 && taken_more(&t); t.n += error == 0)
		error = probe_answer(take_one());
	return taken_end(&t, error, argc);
}

static int terminal_open(void)
{
	return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int filter_take(void)
{
	int error = probe_attach_filter(0, NULL);

	errno = error;
	return error == 0 ? 0 : -1;
}

static int label_take(void)
{
	int error = probe_flow_label(0, NULL);

	errno = error;
	return error == 0 ? 0 : -1;
}

static int timer_take(void)
{
	struct sigevent quiet = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &quiet, &timer);
}

static int signal_take(void)
{
	static int blocked;
	sigset_t set;

	if (!blocked++) {
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	return sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 1 });
}

static int pipe_take(void)
{
	int ends[2];

	return pipe2(ends, O_CLOEXEC);
}

static int one_inotify(void)
{
	return inotify_init1(IN_CLOEXEC);
}

static int take_inotify(int argc, char **argv)
{
	return take_each(argc, argv, one_inotify);
}

static int take_terminals(int argc, char **argv)
{
	return take_each(argc, argv, terminal_open);
}

static int take_filters(int argc, char **argv)
{
	return take_each(argc, argv, filter_take);
}

static int take_labels(int argc, char **argv)
{
	return take_each(argc, argv, label_take);
}

static int take_timers(int argc, char **argv)
{
	return take_each(argc, argv, timer_take);
}

static int take_signals(int argc, char **argv)
{
	return take_each(argc, argv, signal_take);
}

static int take_pipes(int argc, char **argv)
{
	return take_each(argc, argv, pipe_take);
}

static int one_semaphores(void)
{
	return semget(IPC_PRIVATE, 1000, IPC_CREAT | 0600);
}

static int take_semaphores(int argc, char **argv)
{
	return take_each(argc, argv, one_semaphores);
}

static int one_queues(void)
{
	return msgget(IPC_PRIVATE, IPC_CREAT | 0600);
}

static int take_queues(int argc, char **argv)
{
	return take_each(argc, argv, one_queues);
}

/* One inotify instance with a watch on each of many directories, which go at the end. */
static int take_watches(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	char top[] = "/tmp/watches.XXXXXX", path[48];
	int fd = inotify_init1(IN_CLOEXEC), error = fd < 0 || mkdtemp(top) == NULL ? errno : 0;
	int result;

	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		snprintf(path, sizeof(path), "%s/%ld", top, t.n);
		error = probe_answer(mkdir(path, 0700));
		if (error == 0)
			error = probe_answer(inotify_add_watch(fd, path, IN_CREATE));
	}
	result = taken_end(&t, error, argc);
	for (long i = 0; i <= t.n; i++) {
		snprintf(path, sizeof(path), "%s/%ld", top, i);
		rmdir(path);
	}
	rmdir(top);
	return result;
}

/* Locks on every second byte of files: the kernel cannot merge them. It looks through all of
 * a file's for each, so a file has a thousand. */
static int take_locks(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	int fd = -1, error = 0;

	files_allow();
	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		struct flock lock = { .l_type = F_WRLCK,
			.l_whence = SEEK_SET,
			.l_start = 2 * (t.n % 1000),
			.l_len = 1 };

		if (t.n % 1000 == 0) {
			char path[] = "/tmp/locks.XXXXXX";

			fd = mkostemp(path, O_CLOEXEC);
			unlink(path);
		}
		error = probe_answer(fcntl(fd, F_SETLK, &lock));
	}
	return taken_end(&t, error, argc);
}

/* Mebibytes of shared memory, each written to. */
static int take_shared(int argc, char **argv, int kind)
{
	struct taken t = taken_begin(argc, argv);
	int error = 0;

	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		void *at = MAP_FAILED;
		int fd = -1, id;

		switch (kind) {
		case 0:
			fd = memfd_create("probe", MFD_CLOEXEC);
			if (fd >= 0 && ftruncate(fd, MEBIBYTE) == 0)
				at = mmap(
					NULL, MEBIBYTE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			break;
		case 1:
			at = mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
			break;
		default:
			id = shmget(IPC_PRIVATE, MEBIBYTE, IPC_CREAT | 0600);
			at = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);
			if (id >= 0)
				shmctl(id, IPC_RMID, NULL);
		}
		if (at == MAP_FAILED)
			error = errno;
		else
			memset(at, 'x', MEBIBYTE);
		if (fd >= 0)
			close(fd);
	}
	return taken_end(&t, error, argc);
}

static int take_memfd(int argc, char **argv)
{
	return take_shared(argc, argv, 0);
}

static int take_mapping(int argc, char **argv)
{
	return take_shared(argc, argv, 1);
}

static int take_segments(int argc, char **argv)
{
	return take_shared(argc, argv, 2);
}

/* Netlink sockets whose answers nobody reads, each asked until its buffer is full. */
static int take_netlink(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	const int large = 1 << 30;
	int error = 0;

	files_allow();
	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		struct {
			struct nlmsghdr head;
			struct ifinfomsg link;
		} request = { { sizeof(request), RTM_GETLINK, NLM_F_REQUEST, 1, 0 },
			{ .ifi_family = AF_UNSPEC, .ifi_index = 1 } };
		int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

		error = fd < 0 ? errno : 0;
		if (fd >= 0 && argc > 2)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
		/* An answer that has no room any more is an error of the socket: ENOBUFS. */
		for (int full = 0, i = 0; fd >= 0 && full == 0 && i < 20000; i++) {
			socklen_t size = sizeof(full);

			if (send(fd, &request, sizeof(request), MSG_DONTWAIT) < 0 ||
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &full, &size) < 0)
				break;
		}
	}
	return taken_end(&t, error, argc);
}

/* Connections over the loopback, each with its buffers full. */
static int take_tcp(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	static char block[1 << 16];
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	files_allow();
	error = listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
				listen(listener, 4096) < 0 ||
				getsockname(listener, (struct sockaddr *)&address, &length) < 0
			? errno
			: 0;
	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&address, length) < 0)
			error = errno;
		for (int idle = 0; error == 0 && idle < 3;) {
			if (send(fd, block, sizeof(block), MSG_DONTWAIT) > 0)
				idle = 0;
			else if (idle++ < 2)
				usleep(1000);
		}
	}
	return taken_end(&t, error, argc);
}

/* Sockets that have a full buffer of datagrams of their own. */
static int take_udp(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	static char block[60000];
	int error = 0;

	files_allow();
	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		struct sockaddr_in address = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t length = sizeof(address);
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
			getsockname(fd, (struct sockaddr *)&address, &length) < 0)
			error = errno;
		for (int i = 0; error == 0 && i < 64; i++)
			sendto(fd, block, sizeof(block), MSG_DONTWAIT, (struct sockaddr *)&address,
				length);
	}
	return taken_end(&t, error, argc);
}

/* One file, watched by many epoll instances. */
static int take_epoll(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	struct epoll_event event = { .events = EPOLLET };
	int error = 0, poll = -1;

	files_allow();
	for (int watched = 1 << 20; error == 0 && taken_more(&t); t.n += error == 0) {
		if (watched >= 4000) {
			poll = epoll_create1(EPOLL_CLOEXEC);
			watched = 0;
		}
		int fd = dup(0);

		error = poll < 0 || fd < 0
				? errno
				: probe_answer(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event));
		watched++;
	}
	return taken_end(&t, error, argc);
}

/* Descriptors that are on the way through a socket. */
static int take_flight(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	int pair[2], error = 0;
	char c = 'x', room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec bytes = { &c, 1 };
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	files_allow();
	pair[0] = -1;
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		if (t.n % 200 == 0 &&
			socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
			error = errno;
			break;
		}
		memcpy(CMSG_DATA(head), &pair[0], sizeof(int));
		error = probe_answer(sendmsg(pair[0], &message, MSG_DONTWAIT));
	}
	return taken_end(&t, error, argc);
}

const struct probe probes_take[] = {
	{ "take-inotify", take_inotify },
	{ "take-watches", take_watches },
	{ "take-terminals", take_terminals },
	{ "take-filters", take_filters },
	{ "take-labels", take_labels },
	{ "take-timers", take_timers },
	{ "take-signals", take_signals },
	{ "take-pipes", take_pipes },
	{ "take-semaphores", take_semaphores },
	{ "take-queues", take_queues },
	{ "take-locks", take_locks },
	{ "take-memfd", take_memfd },
	{ "take-mapping", take_mapping },
	{ "take-segments", take_segments },
	{ "take-netlink", take_netlink },
	{ "take-tcp", take_tcp },
	{ "take-udp", take_udp },
	{ "take-epoll", take_epoll },
	{ "take-flight", take_flight },
	{ NULL, NULL },
};
