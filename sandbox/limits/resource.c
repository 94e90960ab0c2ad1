#include "sandbox/limits/resource.h"

#include "sandbox/base/own.h"

static const struct resource rows[] = {
	{ "programs of socket filters", RESOURCE_REFUSED, "setsockopt SO_ATTACH_*: ENOPROTOOPT",
		"none", "net.core.bpf_jit_limit is one pool: full, nobody's seccomp filter loads" },
	{ "programs of seccomp filters", RESOURCE_REFUSED,
		"seccomp and prctl: EINVAL; permitted with --allow-userns", "none",
		"the same pool; man and sshd go on without" },
	{ "bpf, perf, io_uring, AIO, keys, fanotify, userfaultfd", RESOURCE_REFUSED, "their calls",
		"none", "each has a limit per user or for the whole host" },
	{ "huge pages", RESOURCE_REFUSED, "mmap, shmget: ENOMEM; memfd_create: EINVAL", "none",
		"one pool, which no memory limit counts" },
	{ "merged pages (KSM)", RESOURCE_REFUSED, "madvise, prctl: EINVAL", "none",
		"one thread of the host compares them" },
	{ "IPv6 flow labels", RESOURCE_REFUSED, "setsockopt IPV6_FLOWLABEL_MGR: ENOPROTOOPT",
		"none", "4096 for all network namespaces; 3073 were taken" },
	{ "leases, directory signals", RESOURCE_REFUSED, "fcntl: EINVAL", "none",
		"the caller would wait for 45 s to open his own file" },
	{ "pages of the host's files in memory", RESOURCE_REFUSED,
		"fadvise64 POSIX_FADV_DONTNEED: done without doing it", "none",
		"the host's programs would be read from disk again" },
	{ "extended attributes, access lists", RESOURCE_REFUSED, "setxattr: EOPNOTSUPP", "none",
		"a default list is copied to each new file, outside of --app-size" },
	{ "POSIX message queues", RESOURCE_RLIMIT, "RLIMIT_MSGQUEUE",
		"200 KiB, a quarter of the caller's",
		"counted against the caller, whose next mq_open would fail" },
	{ "inotify instances", RESOURCE_NAMESPACE, "user.max_inotify_instances",
		"a quarter of the caller's: 32 of 128",
		"counted against the caller, whose next inotify_init would fail" },
	{ "inotify watches", RESOURCE_NAMESPACE, "user.max_inotify_watches",
		"a quarter of the caller's", "counted against the caller" },
	{ "terminals", RESOURCE_NAMESPACE, "devpts max=64", "64 of the host's 3072",
		"kernel.pty.max is for all that are not the host's own" },
	{ "namespaces", RESOURCE_NAMESPACE, "user.max_*_namespaces",
		"none; with --allow-userns 1024 of a kind, 128 network namespaces",
		"counted against the caller" },
	{ "System V memory", RESOURCE_NAMESPACE,
		"kernel.shmall, from Linux 6.9 with a range of ids", "--memory",
		"no process's: no rlimit sees it" },
	{ "System V semaphores and queues", RESOURCE_NAMESPACE,
		"kernel.sem, kernel.msgmni, from Linux 6.9 with a range of ids",
		"2 MiB and 16 MiB; else 61 GiB and 500 MiB", "a cgroup counts them as well" },
	{ "pending signals, POSIX timers", RESOURCE_RLIMIT, "RLIMIT_SIGPENDING",
		"4096, less than 1 MiB", "counted against the caller too" },
	{ "locked memory", RESOURCE_RLIMIT, "RLIMIT_MEMLOCK", "64 KiB for each process",
		"cannot be swapped" },
	{ "processes and threads", RESOURCE_CGROUP, "pids; else RLIMIT_NPROC",
		"4096 of kernel.pid_max", "counted against the caller's RLIMIT_NPROC too" },
	{ "hardware breakpoints", RESOURCE_REFUSED, "ptrace of debug registers: EIO", "none",
		"four of a processor, less those of the host's perf events" },
	{ "private memory", RESOURCE_CGROUP, "memory; else RLIMIT_DATA, if a limit was asked for",
		"--memory; without a cgroup all of the host's, or --memory for each of 4096 "
		"processes",
		"what a process writes to and shares with nobody" },
	{ "files in memory", RESOURCE_NAMESPACE, "size= and nr_inodes= of the one tmpfs",
		"--app-size, --app-inodes",
		"a cgroup counts them as well, and up to 6 KiB of index for a page in a hole" },
	{ "shared memory: memfd, MAP_SHARED", RESOURCE_CGROUP, "memory",
		"--memory; without a cgroup all of the host's",
		"no rlimit sees it, and runtimes, databases and tests use it" },
	{ "memory of the kernel for files, pipes, UNIX sockets, epoll, page tables, System V",
		RESOURCE_CGROUP, "memory", "--memory; without a cgroup all of the host's",
		"charged to the group that asks for it" },
	{ "open files", RESOURCE_RLIMIT, "RLIMIT_NOFILE",
		"65536 for each process; all of fs.file-max, where the host has lowered that",
		"a cgroup counts the kernel's memory for each, but not what a socket holds" },
	{ "pipe buffers", RESOURCE_HOST, "fs.pipe-user-pages-soft",
		"64 MiB in full-size pipes, then two pages each",
		"the caller's, where one id is mapped: his own new pipes are small then" },
	{ "descriptors on their way through sockets", RESOURCE_RLIMIT, "RLIMIT_NOFILE", "65537",
		"counted by user: the caller's, where one id is mapped" },
	{ "epoll watches", RESOURCE_HOST, "fs.epoll.max_user_watches",
		"all of a user's, 4 % of memory", "the caller's, where one id is mapped" },
	{ "buffers of TCP and UDP", RESOURCE_CGROUP,
		"memory; with v1 a quarter of it; tcp_rmem, tcp_wmem for each",
		"2.1 MiB a connection, 172 KiB a UDP socket; without a cgroup all of tcp_mem, udp_mem",
		"tests have servers on the loopback" },
	{ "netlink replies", RESOURCE_NONE, "net.core.rmem_default, rmem_max",
		"207 KiB a socket, twice rmem_max with SO_RCVBUF; as many as there are open files",
		"no group counts them, and getifaddrs(3) needs them" },
	{ "file locks", RESOURCE_NONE, "", "as many as memory holds, 192 bytes each",
		"no group counts them; apt, sqlite and Maven need them" },
};

const struct resource *resource_row(size_t index)
{
	return index < ARRAY_LEN(rows) ? &rows[index] : NULL;
}

const char *resource_bound_name(enum resource_bound bound)
{
	static const char *const names[] = {
		[RESOURCE_REFUSED] = "refused",
		[RESOURCE_NAMESPACE] = "namespace",
		[RESOURCE_RLIMIT] = "rlimit",
		[RESOURCE_CGROUP] = "cgroup",
		[RESOURCE_HOST] = "host",
		[RESOURCE_NONE] = "none",
	};

	return names[bound];
}

const char *resource_uncounted(enum cgroup_driver driver)
{
	switch (driver) {
	case CGROUP_V2:
	case CGROUP_SYSTEMD:
	case CGROUP_V1:
		return "not counted: netlink replies, file locks";
	case CGROUP_INHERITED:
	case CGROUP_NONE:
		break;
	}
	return "shared memory (memfd, MAP_SHARED, System V) has no limit";
}
