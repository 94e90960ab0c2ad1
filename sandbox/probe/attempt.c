#include "sandbox/probe/attempt.h"

#include "sandbox/probe/probe.h"

#define REFUSED "EPERM ENOSYS"

/* clang-format off */
const struct attempt attempts[] = {
	{ "user", "namespace-same", "user @ns-user", "be in the host's user namespace", "ENOENT",
	  "ids and capabilities there are the host's", PLAIN },
	{ "ids", "kill", "1 0", "signal PID 1, which keeps the walls", "EPERM",
	  "who has the keeper's id can end or slow it", PLAIN },

	{ "mount", "namespace-same", "mnt @ns-mnt", "be in the host's mount namespace", "ENOENT",
	  "its mounts would be the host's", PLAIN },
	{ "mount", "read", "@file", "read a file of the caller's in /tmp", "ENOENT",
	  "the host's files are not the build's", PLAIN },
	{ "mount", "stat", "/etc/shadow", "find /etc/shadow", "ENOENT", "only public files of /etc", PLAIN },
	{ "mount", "stat", "/sys/kernel", "find /sys/kernel", "ENOENT", "devices and cgroups of the host", PLAIN },
	{ "mount", "mount", NULL, "mount(tmpfs, /tmp)", REFUSED, "covers what walls are made of", BARE },
	{ "mount", "fsopen", NULL, "fsopen(tmpfs)", REFUSED, "the newer way to mount", BARE },
	{ "mount", "fspick", NULL, "fspick(/proc)", REFUSED, "reconfigures a mount", BARE },
	{ "mount", "open-tree", NULL, "open_tree(/proc)", REFUSED, "a copy of a mount, without its covers", BARE },
	{ "mount", "move-mount", NULL, "move_mount()", REFUSED, "puts it elsewhere", BARE },
	{ "mount", "mount-setattr", NULL, "mount_setattr(-nosuid)", REFUSED, "set-id programs would count", BARE },
	{ "mount", "pivot-root", NULL, "pivot_root()", REFUSED, "another root", BARE },
	{ "mount", "chroot", NULL, "chroot(/tmp)", REFUSED, "the way out of a root is another one", BARE },

	{ "pid", "namespace-same", "pid @ns-pid", "be in the host's PID namespace", "ENOENT",
	  "processes would outlive the run", PLAIN },
	{ "pid", "process-same", "@pid @start", "see the process that started this", "ENOENT",
	  "the host's processes, their words and environments", PLAIN },

	{ "network", "namespace-same", "net @ns-net", "be in the host's network namespace", "ENOENT",
	  "its interfaces and abstract sockets", PLAIN },
	{ "network", "connect-tcp", "127.0.0.1 @port", "connect to a port of the host's loopback", "ECONNREFUSED",
	  "services there trust who reaches them", PLAIN },
	{ "network", "connect-abstract", "@abstract", "connect to an abstract socket of the host", "ECONNREFUSED",
	  "containerd's was one (CVE-2020-15257)", PLAIN },
	{ "egress", "route", NULL, "find a route to another host", "ENETUNREACH", "what is read could be sent", PLAIN },

	{ "ipc", "namespace-same", "ipc @ns-ipc", "be in the host's IPC namespace", "ENOENT", "shared memory", PLAIN },
	{ "ipc", "shm-find", "@segment", "find a System V segment of the host", "ENOENT", "shared memory", PLAIN },

	{ "uts", "namespace-same", "uts @ns-uts", "be in the host's UTS namespace", "ENOENT", "its name could be set", PLAIN },
	{ "uts", "name-same", "@name", "see the host's name", "ENOENT", "where a build runs is not its business", PLAIN },
	{ "uts", "sethostname", NULL, "sethostname(x)", REFUSED, "a name in logs", BARE },

	{ "cgroup-ns", "namespace-same", "cgroup @ns-cgroup", "be in the host's cgroup namespace", "ENOENT",
	  "paths tell who runs what", PLAIN },

	{ "no-new-privileges", "privileges-new", NULL, "be without no_new_privs", "EPERM", "set-id programs would count", PLAIN },

	{ "capabilities", "capability", "@capabilities", "have a capability in effect", "EPERM", "half of root", BARE },
	{ "capabilities", "bounded", "@capabilities", "have one left to regain", "EPERM", "a set-id program brings it", PLAIN },
	{ "capabilities", "ambient-raise", NULL, "raise an ambient capability", "EPERM", "it would survive exec", BARE },
	{ "capabilities", "securebits-clear", NULL, "clear the securebits", "EPERM", "root inside would regain all", BARE },

	{ "seccomp", "keyctl", NULL, "keyctl()", REFUSED, "keyrings have no namespace", PLAIN },
	{ "seccomp", "add-key", NULL, "add_key()", REFUSED, "the caller's quota of keys", PLAIN },
	{ "seccomp", "io-uring", NULL, "io_uring_setup()", REFUSED, "calls that no filter sees", PLAIN },
	{ "seccomp", "bpf", NULL, "bpf()", REFUSED, "programs in the kernel", PLAIN },
	{ "seccomp", "perf", NULL, "perf_event_open()", REFUSED, "counters of the processor", PLAIN },
	{ "seccomp", "userfaultfd", NULL, "userfaultfd()", REFUSED, "holds the kernel in the middle of a copy", PLAIN },
	{ "seccomp", "fanotify", NULL, "fanotify_init()", REFUSED, "watches whole file systems", PLAIN },
	{ "seccomp", "name-to-handle", NULL, "name_to_handle_at(/tmp)", REFUSED, "the first half of shocker", PLAIN },
	{ "seccomp", "open-by-handle", NULL, "open_by_handle_at()", REFUSED, "the second half", BARE },
	{ "seccomp", "personality", NULL, "personality(READ_IMPLIES_EXEC)", REFUSED, "undoes W^X", PLAIN },
	{ "seccomp", "modify-ldt", NULL, "modify_ldt()", REFUSED, "old code of the kernel, rich in bugs", PLAIN },
	{ "seccomp", "vmsplice", NULL, "vmsplice()", REFUSED, "pages that two sides write", PLAIN },
	{ "seccomp", "pidfd-getfd", NULL, "pidfd_getfd()", REFUSED, "descriptors of others", PLAIN },
	{ "seccomp", "kcmp", NULL, "kcmp()", REFUSED, "tells about addresses of the kernel", PLAIN },
	{ "seccomp", "socket", "38 5", "socket(AF_ALG)", "EAFNOSUPPORT EPERM", "ciphers of the kernel", PLAIN },
	{ "seccomp", "socket", "16 3 4", "socket(NETLINK_SOCK_DIAG)", "EAFNOSUPPORT EPROTONOSUPPORT EPERM",
	  "loads modules of the kernel", PLAIN },
	{ "seccomp", "attach-filter", NULL, "setsockopt(SO_ATTACH_FILTER)", "ENOPROTOOPT EPERM",
	  "fills a pool of the whole host", PLAIN },
	{ "seccomp", "second-filter", NULL, "seccomp(SET_MODE_FILTER)", "EINVAL EPERM", "the same pool", PLAIN },
	{ "seccomp", "flow-label", NULL, "setsockopt(IPV6_FLOWLABEL_MGR)", "ENOPROTOOPT EPERM",
	  "one table for all network namespaces", PLAIN },
	{ "seccomp", "clone3", NULL, "clone3()", "ENOSYS", "its flags hide behind a pointer", PLAIN },
#ifdef __x86_64__
	{ "seccomp", "i386-mount", NULL, "mount() by the i386 entry", "ENOSYS EPERM SIGSEGV SIGSYS",
	  "a second table of calls", BARE },
	{ "seccomp", "debug-register", NULL, "ptrace(POKEUSER, DR0)", "EIO EPERM", "slots that the host's debuggers share", PLAIN },
	{ "seccomp", "x32-getpid", NULL, "getpid() by the x32 entry", "ENOSYS EPERM SIGSYS", "a third one", PLAIN },
#endif

	{ "landlock", "write", "/proc/self/oom_score_adj", "write to /proc/self/oom_score_adj", "EACCES",
	  "the OOM killer looks at the run first", PLAIN },
	{ "rlimits", "core-allowed", NULL, "raise the limit of core files", "EPERM",
	  "the host's core handler runs as root", PLAIN },

	{ "nested-userns", "unshare-user", NULL, "unshare(CLONE_NEWUSER)", "EPERM ENOSPC",
	  "all capabilities over a second set of namespaces", PLAIN },
	{ "nested-userns", "clone-user", NULL, "clone(CLONE_NEWUSER)", "EPERM ENOSPC", "the same", PLAIN },
	{ "nested-userns", "clone3-user", NULL, "clone3(CLONE_NEWUSER)", "EPERM ENOSPC ENOSYS", "the same", PLAIN },

	{ "tty", "tiocsti", NULL, "ioctl(TIOCSTI)", "EPERM", "types into the caller's terminal", PLAIN },
	{ "tty", "tiocsti-high", NULL, "the same with a 33rd bit", "EPERM", "CVE-2019-7303", PLAIN },
	{ "tty", "tioclinux", NULL, "ioctl(TIOCLINUX)", "EPERM", "pastes into the console", PLAIN },
	{ "tty", "tiocsetd", NULL, "ioctl(TIOCSETD)", "EPERM", "loads a line discipline", PLAIN },

	{ "descriptors", "descriptor", "@descriptor", "use a descriptor that the caller left open", "EBADF",
	  "it leads past every mount", PLAIN },
	{ "environment", "variable", "@variable", "read a variable of the caller's", "ENOENT", "passwords are there", PLAIN },

	{ "proc-mask", "boot-same", "@boot", "tell the boot of the host by its id", "ENOENT", "links runs to each other", PLAIN },
	{ "proc-mask", "read", "/proc/interrupts", "read /proc/interrupts", "ENODATA ENOENT EACCES",
	  "keys pressed, by their interrupts", PLAIN },
	{ "proc-mask", "read", "/proc/keys", "read /proc/keys", "ENODATA ENOENT EACCES", "the caller's keys", PLAIN },
	{ "proc-mask", "read", "/proc/diskstats", "read /proc/diskstats", "ENODATA ENOENT EACCES", "what the host's disks do", PLAIN },

	{ "docker", "connect-path", "@docker", "connect to the engine's socket", "ENOENT", "it is root on the host", PLAIN },

	{ "disk", "room", "/tmp @too-much", "reserve more than --app-size", "ENOSPC", "the host's memory or disk", PLAIN },
	{ "disk", "access-list", NULL, "setxattr(posix_acl_default)", "EPERM EOPNOTSUPP ENOTSUP",
	  "inherited by each new file, and counted by nobody", PLAIN },
};
/* clang-format on */

const size_t attempts_n = PROBE_COUNT(attempts);
