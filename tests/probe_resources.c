/* Probes of what belongs to the whole host, or to the caller, and can be taken from inside.
 *
 * The first half asks for one thing that is refused inside. The second half takes as much as
 * it is given, in at most five seconds, says "N" or "N ERRNO" (the error that ended it), and
 * gives all of it back at its end. */
#include "tests/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_AT_MOST 5
#define MEBIBYTE        (1L << 20)

static int answer(long result)
{
	return result < 0 ? errno : 0;
}

/* ---- programs in the kernel: net.core.bpf_jit_limit is one for the whole host ---- */

static struct sock_filter accept_all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffffffffU) };
static const struct sock_fprog accept_all_program = { 1, accept_all };

static int option_set(int type, int option, const void *value, socklen_t size)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : answer(setsockopt(fd, SOL_SOCKET, option, value, size));
}

static int attach_filter(int argc, char **argv)
{
	(void)argc, (void)argv;
	return option_set(
		SOCK_DGRAM, SO_ATTACH_FILTER, &accept_all_program, sizeof(accept_all_program));
}

/* There is no such program; the kernel looks for it after it has taken the option. */
static int attach_bpf(int argc, char **argv)
{
	int none = -1, error = option_set(SOCK_DGRAM, SO_ATTACH_BPF, &none, sizeof(none));

	(void)argc, (void)argv;
	return error == EBADF ? 0 : error;
}

static int attach_reuseport(int argc, char **argv)
{
	const int one = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)argc, (void)argv;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) < 0)
		return errno;
	return answer(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &accept_all_program,
		sizeof(accept_all_program)));
}

static int attach_reuseport_bpf(int argc, char **argv)
{
	int none = -1;
	int error = option_set(SOCK_DGRAM, SO_ATTACH_REUSEPORT_EBPF, &none, sizeof(none));

	(void)argc, (void)argv;
	return error == EBADF ? 0 : error;
}

static int busy_poll(int argc, char **argv)
{
	int none = 0;

	(void)argc, (void)argv;
	return option_set(SOCK_DGRAM, SO_BUSY_POLL, &none, sizeof(none));
}

/* A filter that permits everything stays with this process, which ends soon. */
static int second_filter(int argc, char **argv)
{
	static struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct sock_fprog program = { 1, allow };

	(void)argc, (void)argv;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	return answer(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static int second_filter_prctl(int argc, char **argv)
{
	static struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct sock_fprog program = { 1, allow };

	(void)argc, (void)argv;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	return answer(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

/* ---- other pools and daemons of the kernel ---- */

/* There may be no page in the pool: ENOMEM is the pool's own answer, not a filter's. */
static int map_huge(int argc, char **argv)
{
	void *page = mmap(NULL, 2 * MEBIBYTE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);

	(void)argc, (void)argv;
	return page == MAP_FAILED ? errno : 0;
}

static int memfd_huge(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB));
}

static int shm_huge(int argc, char **argv)
{
	int id = shmget(IPC_PRIVATE, 2 * MEBIBYTE, SHM_HUGETLB | SHM_NORESERVE | IPC_CREAT | 0600);

	(void)argc, (void)argv;
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return answer(id);
}

static int merge_pages(int argc, char **argv)
{
	void *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argc, (void)argv;
	return page == MAP_FAILED ? errno : answer(madvise(page, 65536, MADV_MERGEABLE));
}

static int merge_all(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(prctl(67 /* PR_SET_MEMORY_MERGE */, 1, 0, 0, 0));
}

/* A kernel without them takes the flag for O_EXCL and says ENOPKG or EINVAL. */
static int notification_pipe(int argc, char **argv)
{
	int ends[2];

	(void)argc, (void)argv;
	return answer(pipe2(ends, O_EXCL));
}

static int directory_notify(int argc, char **argv)
{
	int fd = open("/usr/bin", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)argc, (void)argv;
	signal(SIGIO, SIG_IGN);
	return fd < 0 ? errno : answer(fcntl(fd, F_NOTIFY, DN_ACCESS | DN_MULTISHOT));
}

static int lease(int argc, char **argv)
{
	char path[] = "/tmp/lease.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC), error;

	(void)argc, (void)argv;
	if (fd < 0)
		return errno;
	error = answer(fcntl(fd, F_SETLEASE, F_WRLCK));
	unlink(path);
	return error;
}

/* Drop the pages of a file, of which only others can say whether they went. */
static int evict(int argc, char **argv)
{
	int fd = open(argc > 0 ? argv[0] : "/usr/bin/env", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int page_cache(int argc, char **argv)
{
	struct {
		uint64_t offset, length;
	} range = { 0, 0 };
	uint64_t counts[5];

	(void)argc, (void)argv;
	return answer(syscall(451 /* cachestat */, open("/usr/bin/env", O_RDONLY | O_CLOEXEC),
		&range, counts, 0));
}

static int flow_label(int argc, char **argv)
{
	struct in6_flowlabel_req request = {
		.flr_label = 0,
		.flr_action = IPV6_FL_A_GET,
		.flr_share = IPV6_FL_S_EXCL,
		.flr_flags = IPV6_FL_F_CREATE,
		.flr_dst.s6_addr = { [15] = 1 },
	};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)argc, (void)argv;
	if (fd < 0)
		return errno;
	return answer(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, sizeof(request)));
}

/* ---- the scheduling of PID 1 ---- */

static int schedule_first(int argc, char **argv)
{
	const struct sched_param none = { 0 };

	(void)argc, (void)argv;
	return answer(sched_setscheduler(1, SCHED_BATCH, &none));
}

static int nice_first(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(setpriority(PRIO_PROCESS, 1, 1));
}

static int nice_group(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(setpriority(PRIO_PGRP, 1, 1));
}

static int nice_user(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(setpriority(PRIO_USER, getuid(), 1));
}

static int affinity_first(int argc, char **argv)
{
	cpu_set_t all;

	(void)argc, (void)argv;
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return errno;
	return answer(sched_setaffinity(1, sizeof(all), &all));
}

static int ioprio_first(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 1, 3 << 13));
}

/* ---- taking ---- */

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

#define TAKE(name_, call_)                                                                         \
	static int name_(int argc, char **argv)                                                    \
	{                                                                                          \
		struct taken t = taken_begin(argc, argv);                                          \
		int error = 0;                                                                     \
                                                                                                   \
		files_allow();                                                                     \
		for (; error == 0 && taken_more(&t); t.n += error == 0)                            \
			error = answer(call_);                                                     \
		return taken_end(&t, error, argc);                                                 \
	}

static int terminal_open(void)
{
	return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int filter_take(void)
{
	int error = option_set(
		SOCK_DGRAM, SO_ATTACH_FILTER, &accept_all_program, sizeof(accept_all_program));

	errno = error;
	return error == 0 ? 0 : -1;
}

static int label_take(void)
{
	int error = flow_label(0, NULL);

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

TAKE(take_inotify, inotify_init1(IN_CLOEXEC))
TAKE(take_terminals, terminal_open())
TAKE(take_filters, filter_take())
TAKE(take_labels, label_take())
TAKE(take_timers, timer_take())
TAKE(take_signals, signal_take())
TAKE(take_pipes, pipe_take())
TAKE(take_semaphores, semget(IPC_PRIVATE, 1000, IPC_CREAT | 0600))
TAKE(take_queues, msgget(IPC_PRIVATE, IPC_CREAT | 0600))

/* One inotify instance with a watch on each of many directories, which go at the end. */
static int take_watches(int argc, char **argv)
{
	struct taken t = taken_begin(argc, argv);
	char top[] = "/tmp/watches.XXXXXX", path[48];
	int fd = inotify_init1(IN_CLOEXEC), error = fd < 0 || mkdtemp(top) == NULL ? errno : 0;
	int result;

	for (; error == 0 && taken_more(&t); t.n += error == 0) {
		snprintf(path, sizeof(path), "%s/%ld", top, t.n);
		error = answer(mkdir(path, 0700));
		if (error == 0)
			error = answer(inotify_add_watch(fd, path, IN_CREATE));
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
		error = answer(fcntl(fd, F_SETLK, &lock));
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

		error = poll < 0 || fd < 0 ? errno
					   : answer(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event));
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
		error = answer(sendmsg(pair[0], &message, MSG_DONTWAIT));
	}
	return taken_end(&t, error, argc);
}

const struct probe resource_probes[] = {
	{ "attach-filter", attach_filter },
	{ "attach-bpf", attach_bpf },
	{ "attach-reuseport", attach_reuseport },
	{ "attach-reuseport-bpf", attach_reuseport_bpf },
	{ "busy-poll", busy_poll },
	{ "second-filter", second_filter },
	{ "second-filter-prctl", second_filter_prctl },
	{ "map-huge", map_huge },
	{ "memfd-huge", memfd_huge },
	{ "shm-huge", shm_huge },
	{ "merge-pages", merge_pages },
	{ "merge-all", merge_all },
	{ "notification-pipe", notification_pipe },
	{ "directory-notify", directory_notify },
	{ "lease", lease },
	{ "evict", evict },
	{ "page-cache", page_cache },
	{ "flow-label", flow_label },
	{ "schedule-first", schedule_first },
	{ "nice-first", nice_first },
	{ "nice-group", nice_group },
	{ "nice-user", nice_user },
	{ "affinity-first", affinity_first },
	{ "ioprio-first", ioprio_first },
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
};
const size_t resource_probes_n = sizeof(resource_probes) / sizeof(resource_probes[0]);
