/* sandbox/probe/probe_host.c: what belongs to the whole host, of which inside none is given: one is asked for. */
#include "sandbox/probe/probe_host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/in6.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEBIBYTE (1L << 20)

/* ---- programs in the kernel: net.core.bpf_jit_limit is one for the whole host ---- */

static struct sock_filter accept_all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffffffffU) };
static const struct sock_fprog accept_all_program = { 1, accept_all };

static int option_set(int type, int option, const void *value, socklen_t size)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : probe_answer(setsockopt(fd, SOL_SOCKET, option, value, size));
}

int probe_attach_filter(int argc, char **argv)
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
	return probe_answer(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
		&accept_all_program, sizeof(accept_all_program)));
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
	return probe_answer(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static int second_filter_prctl(int argc, char **argv)
{
	static struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct sock_fprog program = { 1, allow };

	(void)argc, (void)argv;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	return probe_answer(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
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
	return probe_answer(memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB));
}

static int shm_huge(int argc, char **argv)
{
	int id = shmget(IPC_PRIVATE, 2 * MEBIBYTE, SHM_HUGETLB | SHM_NORESERVE | IPC_CREAT | 0600);

	(void)argc, (void)argv;
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return probe_answer(id);
}

static int merge_pages(int argc, char **argv)
{
	void *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argc, (void)argv;
	return page == MAP_FAILED ? errno : probe_answer(madvise(page, 65536, MADV_MERGEABLE));
}

static int merge_all(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(prctl(67 /* PR_SET_MEMORY_MERGE */, 1, 0, 0, 0));
}

/* A kernel without them takes the flag for O_EXCL and says ENOPKG or EINVAL. */
static int notification_pipe(int argc, char **argv)
{
	int ends[2];

	(void)argc, (void)argv;
	return probe_answer(pipe2(ends, O_EXCL));
}

static int directory_notify(int argc, char **argv)
{
	int fd = open("/usr/bin", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)argc, (void)argv;
	signal(SIGIO, SIG_IGN);
	return fd < 0 ? errno : probe_answer(fcntl(fd, F_NOTIFY, DN_ACCESS | DN_MULTISHOT));
}

static int lease(int argc, char **argv)
{
	char path[] = "/tmp/lease.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC), error;

	(void)argc, (void)argv;
	if (fd < 0)
		return errno;
	error = probe_answer(fcntl(fd, F_SETLEASE, F_WRLCK));
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
	return probe_answer(syscall(451 /* cachestat */, open("/usr/bin/env", O_RDONLY | O_CLOEXEC),
		&range, counts, 0));
}

int probe_flow_label(int argc, char **argv)
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
	return probe_answer(
		setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, sizeof(request)));
}

/* ---- the scheduling of PID 1 ---- */

static int schedule_first(int argc, char **argv)
{
	const struct sched_param none = { 0 };

	(void)argc, (void)argv;
	return probe_answer(sched_setscheduler(1, SCHED_BATCH, &none));
}

static int nice_first(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(setpriority(PRIO_PROCESS, 1, 1));
}

static int nice_group(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(setpriority(PRIO_PGRP, 1, 1));
}

/* Join the group of PID 1, where its session is ours, and then name one's own. */
static int nice_joined(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (setpgid(0, 1) < 0)
		return errno;
	return probe_answer(setpriority(PRIO_PGRP, 0, 1));
}

static int limit_first(int argc, char **argv)
{
	const struct rlimit files = { 64, 4096 };

	(void)argc, (void)argv;
	return probe_answer(prlimit(1, RLIMIT_NOFILE, &files, NULL));
}

static int nice_user(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(setpriority(PRIO_USER, getuid(), 1));
}

static int affinity_first(int argc, char **argv)
{
	cpu_set_t all;

	(void)argc, (void)argv;
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return errno;
	return probe_answer(sched_setaffinity(1, sizeof(all), &all));
}

static int ioprio_first(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 1, 3 << 13));
}

const struct probe probes_host[] = {
	{ "attach-filter", probe_attach_filter },
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
	{ "flow-label", probe_flow_label },
	{ "schedule-first", schedule_first },
	{ "nice-first", nice_first },
	{ "nice-group", nice_group },
	{ "nice-joined", nice_joined },
	{ "limit-first", limit_first },
	{ "nice-user", nice_user },
	{ "affinity-first", affinity_first },
	{ "ioprio-first", ioprio_first },
	{ NULL, NULL },
};
