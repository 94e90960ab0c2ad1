#include "seccomp/filter_policy.h"

#include "sandbox/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ALL_BITS         0xffffffffU

/* SOCK_NONBLOCK and SOCK_CLOEXEC share the argument with the type (socket(2)). */
/* O_NOFOLLOW has two numbers, and the filters of another architecture are made on this one. Each
 * number is O_LARGEFILE where the other stands, which changes nothing there. */
#define NOFOLLOW_GENERIC 0x20000
#define NOFOLLOW_ARM     0x8000

#define TYPE_BITS        0xfU

/* CLONE_NEWTIME lies in the bits that clone(2) reads as the exit signal, where no
 * signal is that large. */
#define NAMESPACE_BITS                                                                             \
	((uint32_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |  \
		    CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME))

/* personality(2); <sys/personality.h> spells one of them as a negative enum. */
#define PERSONA_NO_ASLR      0x0040000U
#define PERSONA_LINUX32      0x0008U
#define PERSONA_QUERY        0xffffffffU

/* ioprio_set(2), ipc(2), prctl(2): the C library's headers lack them, or may. */
#define IOPRIO_USER          3U
#define IPC_SHMGET           23U
#define IPC_CALL_BITS        0xffffU
#define PR_MERGE_PAGES       67U /* PR_SET_MEMORY_MERGE, Linux 6.4 */

#define FIRST_PROCESS        1U /* the keeper's pid inside */

/* ptrace(2), <elf.h>; <sys/ptrace.h> has them as an enum, and not on every architecture. */
#define PTRACE_POKE_USER     6U
#define PTRACE_GET_REGISTERS 0x4204U /* PTRACE_GETREGSET */
#define PTRACE_SET_REGISTERS 0x4205U
#define ARM_BREAKPOINTS      0x402U /* NT_ARM_HW_BREAK, and NT_ARM_HW_WATCH next to it */

#define WHEN(argument_, mask_, value_)                                                             \
	{                                                                                          \
		.argument = (argument_), .mask = (mask_), .value = (uint32_t)(value_)              \
	}
#define IS(argument_, value_) WHEN(argument_, ALL_BITS, value_)
#define NOT_NULL(argument_)                                                                        \
	{                                                                                          \
		.argument = (argument_), .pointer = true, .mask = ALL_BITS                         \
	}

#define ALLOW(calls_, reason_)                                                                     \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_ALLOW, .reason = (reason_)                    \
	}
#define ALLOW_WHEN(calls_, when_, reason_, ...)                                                    \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_ALLOW, .when = (when_), .reason = (reason_),  \
		.conditions = {                                                                    \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define REFUSE(calls_, errnum_, reason_)                                                           \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_REFUSE, .errnum = (errnum_),                  \
		.reason = (reason_)                                                                \
	}
#define REFUSE_WHEN(calls_, errnum_, when_, reason_, ...)                                          \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_REFUSE_WHEN, .errnum = (errnum_),             \
		.when = (when_), .reason = (reason_), .conditions = {                              \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
/* Names that only older or only some architectures have. */
#define ALLOW_SOMEWHERE(calls_, reason_)                                                           \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_ALLOW, .reach = POLICY_SOMEWHERE,             \
		.reason = (reason_)                                                                \
	}
#define ALLOW_SOMEWHERE_WHEN(calls_, when_, reason_, ...)                                          \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_ALLOW, .reach = POLICY_SOMEWHERE,             \
		.when = (when_), .reason = (reason_), .conditions = {                              \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define REFUSE_SOMEWHERE(calls_, errnum_, reason_)                                                 \
	{                                                                                          \
		.calls = (calls_), .verdict = POLICY_REFUSE, .reach = POLICY_SOMEWHERE,            \
		.errnum = (errnum_), .reason = (reason_)                                           \
	}

/* The builder: what compilers, package managers, language runtimes and their test
 * suites ask for. */
static const struct policy_row builder_permits[] = {
	ALLOW("read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek",
		"bytes of an open descriptor"),
	ALLOW("sendfile splice tee copy_file_range",
		"copies inside the kernel: cp, git, Go and Java use them"),
	ALLOW("openat openat2 close close_range dup dup3 fcntl flock pipe2",
		"descriptors: the mounts and Landlock decide what a path opens"),
	ALLOW("statx statfs fstatfs faccessat faccessat2 readlinkat getdents64 getcwd chdir fchdir",
		"looking at files"),
	ALLOW("mkdirat linkat symlinkat unlinkat renameat2 fallocate truncate ftruncate umask",
		"making and naming files: only the tmpfs mounts are writable"),
	ALLOW("fchmod fchmodat fchmodat2 fchown fchownat utimensat",
		"modes, owners and times; set-id bits do nothing on nosuid mounts"),
	ALLOW("getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr "
	      "lremovexattr fremovexattr getxattrat listxattrat removexattrat",
		"looking for extended attributes: cp, tar and install ask for them"),
	ALLOW("fsync fdatasync sync_file_range fadvise64 readahead", "page cache of one open file"),
	ALLOW("inotify_init1 inotify_add_watch inotify_rm_watch", "file watchers of build daemons"),
	ALLOW("mmap mprotect munmap mremap madvise msync mincore brk mlock mlock2 munlock mlockall "
	      "munlockall memfd_create pkey_mprotect pkey_alloc pkey_free mseal map_shadow_stack "
	      "membarrier",
		"memory of the process itself: just-in-time compilers map and unmap code"),
	ALLOW("shmget shmat shmctl shmdt semget semctl msgget msgsnd msgrcv msgctl mq_open "
	      "mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr",
		"System V and POSIX IPC: the IPC namespace is the builder's own"),
	ALLOW("execve execveat exit exit_group wait4 waitid", "running programs is the job"),
	ALLOW_WHEN("clone", "no namespace flag", "fork and threads; a namespace is refused",
		WHEN(0, NAMESPACE_BITS, 0)),
	ALLOW_WHEN("unshare", "no namespace flag",
		"CLONE_FILES, CLONE_FS and CLONE_SYSVSEM only undo sharing inside the process",
		WHEN(0, NAMESPACE_BITS, 0)),
	ALLOW("set_tid_address set_robust_list get_robust_list rseq futex futex_waitv futex_wake "
	      "futex_wait futex_requeue",
		"threads and locks of the C library"),
	ALLOW("gettid getpid getppid getpgid setpgid getsid setsid getuid geteuid getgid getegid "
	      "getgroups getresuid getresgid uname sysinfo getcpu getrandom times getrusage",
		"who and where am I"),
	ALLOW("setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups "
	      "capget capset",
		"ids inside the user namespace: dpkg, apt and fakeroot; nothing is gained without "
		"capabilities"),
	ALLOW("kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal",
		"signals end at the PID namespace"),
	ALLOW("ptrace process_vm_readv process_vm_writev",
		"LeakSanitizer, gdb, strace: whom they may look into is the build itself, behind "
		"this filter as well; PID 1 is closed to them"),
	ALLOW("rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigsuspend "
	      "rt_sigreturn sigaltstack signalfd4 restart_syscall",
		"signal handling of the process itself"),
	ALLOW("ppoll pselect6 epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 eventfd2",
		"event loops"),
	ALLOW("nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday getitimer "
	      "setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete "
	      "timerfd_create timerfd_settime timerfd_gettime",
		"reading clocks and being woken by them"),
	ALLOW("sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam "
	      "sched_getscheduler sched_setscheduler sched_getattr sched_setattr "
	      "sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority "
	      "setpriority ioprio_get ioprio_set",
		"scheduling of the build's own processes; real time needs a capability"),
	ALLOW("getrlimit setrlimit", "hard limits can only be lowered"),
	ALLOW("prlimit64", "the kernel asks for the same ids; hard limits can only be lowered"),
	/* Done, not EPERM: gpg and ssh set it to 0 and give up where they cannot. */
	REFUSE_WHEN("setrlimit", 0, "RLIMIT_CORE",
		"1 keeps the host's core_pattern program from being started, 0 does not",
		IS(0, RLIMIT_CORE)),
	REFUSE_WHEN("prlimit64", 0, "a new RLIMIT_CORE",
		"1 keeps the host's core_pattern program from being started, 0 does not",
		IS(1, RLIMIT_CORE), NOT_NULL(2)),
	ALLOW("get_mempolicy", "NUMA runtimes look before they choose"),
	ALLOW("landlock_create_ruleset landlock_add_rule landlock_restrict_self",
		"only ever tightens"),
	ALLOW("seccomp", "asking what filters can do, and strict mode"),
	ALLOW("prctl", "names, death signals, no_new_privs; privileged options check capabilities"),
	ALLOW("ioctl", "terminals and FIONREAD; devices are absent from /dev"),
	ALLOW_WHEN("personality", "0", "back to normal", IS(0, 0)),
	ALLOW_WHEN("personality", "0xffffffff", "asks and changes nothing", IS(0, PERSONA_QUERY)),
	ALLOW_WHEN("personality", "ADDR_NO_RANDOMIZE",
		"setarch -R for reproducible layouts; weakens the asking process alone",
		IS(0, PERSONA_NO_ASLR)),
	ALLOW_WHEN("mknodat", "no type", "an empty regular file", WHEN(2, S_IFMT, 0)),
	ALLOW_WHEN("mknodat", "S_IFREG", "an empty regular file", WHEN(2, S_IFMT, S_IFREG)),
	ALLOW_WHEN("mknodat", "S_IFIFO", "mkfifo", WHEN(2, S_IFMT, S_IFIFO)),
	ALLOW_WHEN("mknodat", "S_IFSOCK", "a name for a socket", WHEN(2, S_IFMT, S_IFSOCK)),
	ALLOW("connect bind listen accept4 getsockname getpeername getsockopt setsockopt shutdown "
	      "sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg",
		"sockets that already exist: the families are decided where one is made"),
	ALLOW_WHEN("socketpair", "AF_UNIX", "pipes in both directions", IS(0, AF_UNIX)),

	/* Calls whose names depend on the age of the architecture. */
	ALLOW_SOMEWHERE(
		"open creat stat lstat fstat newfstatat access readlink getdents mkdir rmdir "
		"link unlink symlink rename renameat chmod chown lchown utime utimes "
		"futimesat dup2 pipe",
		"older forms of the file calls"),
	ALLOW_SOMEWHERE(
		"fork vfork getpgrp alarm pause time arch_prctl", "older forms of process calls"),
	ALLOW_SOMEWHERE("poll select epoll_create epoll_wait eventfd signalfd inotify_init accept",
		"older forms of event loops"),
	ALLOW_SOMEWHERE("semop semtimedop", "System V IPC, see shmget"),
	ALLOW_SOMEWHERE_WHEN("mknod", "no type", "see mknodat", WHEN(1, S_IFMT, 0)),
	ALLOW_SOMEWHERE_WHEN("mknod", "S_IFREG", "see mknodat", WHEN(1, S_IFMT, S_IFREG)),
	ALLOW_SOMEWHERE_WHEN("mknod", "S_IFIFO", "see mknodat", WHEN(1, S_IFMT, S_IFIFO)),
	ALLOW_SOMEWHERE_WHEN("mknod", "S_IFSOCK", "see mknodat", WHEN(1, S_IFMT, S_IFSOCK)),
};

static const struct policy_row builder_refusals[] = {
	/* Arguments of permitted calls. */
	REFUSE_WHEN("ioctl", EPERM, "TIOCSTI", "types into the terminal of whoever started us",
		IS(1, TIOCSTI)),
	REFUSE_WHEN("ioctl", EPERM, "TIOCLINUX", "the same through the console's clipboard",
		IS(1, TIOCLINUX)),
	REFUSE_WHEN("ioctl", EPERM, "TIOCCONS", "takes the console's output", IS(1, TIOCCONS)),
	REFUSE_WHEN("ioctl", EPERM, "TIOCSETD",
		"line disciplines load modules with a long record of bugs", IS(1, TIOCSETD)),
	REFUSE_WHEN("prctl", EPERM, "PR_SET_MM", "rewrites what /proc says of the process",
		IS(0, PR_SET_MM)),
	REFUSE_WHEN("seccomp", EPERM, "SECCOMP_FILTER_FLAG_NEW_LISTENER",
		"a listener answers another process's calls; only supervisors need one",
		WHEN(1, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_NEW_LISTENER)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_TCP, TCP_ULP",
		"loads kernel TLS and espintcp into an ordinary socket", IS(1, IPPROTO_TCP),
		IS(2, TCP_ULP)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_UDP, UDP_ENCAP",
		"the way into xfrm and L2TP from an ordinary socket", IS(1, IPPROTO_UDP),
		IS(2, UDP_ENCAP)),
	REFUSE_WHEN("sendto", EOPNOTSUPP, "MSG_OOB",
		"urgent bytes of UNIX sockets were a way into the kernel (CVE-2025-38236), and no "
		"argument tells them from TCP's; what a UNIX socket without them says",
		WHEN(3, MSG_OOB, MSG_OOB)),
	REFUSE_WHEN("sendmsg", EOPNOTSUPP, "MSG_OOB", "see sendto", WHEN(2, MSG_OOB, MSG_OOB)),
	REFUSE_WHEN("sendmmsg", EOPNOTSUPP, "MSG_OOB", "see sendto", WHEN(3, MSG_OOB, MSG_OOB)),

	/* Answers that programs have a way around. */
	REFUSE("clone3", ENOSYS,
		"its flags hide behind a pointer; the C library falls back to clone"),
	REFUSE("setxattr lsetxattr fsetxattr setxattrat", EOPNOTSUPP,
		"as on a file system without: each new file of a tmpfs inherits a copy of an access "
		"list, outside of the budget of the disk"),
	REFUSE("sync syncfs", 0,
		"done without doing it: all that is writable is memory, and the disks are the host's"),
	REFUSE("socketpair", EAFNOSUPPORT, "AF_UNIX alone; others exist for TIPC and the like"),
	REFUSE("vmsplice", ENOSYS, "pins user pages into pipes: the base of page cache attacks"),
	REFUSE("io_setup io_submit io_destroy io_cancel", ENOSYS,
		"Linux AIO: its rings are counted for the whole host (fs.aio-max-nr); databases fall back"),
	REFUSE("cachestat", ENOSYS,
		"tells which pages of /usr others use, where the kernel does not ask for the owner "
		"(before 6.15)"),
	REFUSE("remap_file_pages", ENOSYS, "obsolete, emulated by mmap"),
	REFUSE_SOMEWHERE("io_getevents io_pgetevents uselib ustat sysfs _sysctl lookup_dcookie",
		ENOSYS, "with io_setup; obsolete and on its way out of the kernel"),

	/* Doors to more kernel than a build needs, or out of the sandbox. */
	REFUSE("unshare clone", EPERM,
		"a nested user namespace regains every capability inside it"),
	REFUSE("setns", EPERM, "joins a namespace that was left on purpose"),
	REFUSE("mount umount2 pivot_root", EPERM, "the root is built and closed"),
	REFUSE("fsopen fsconfig fsmount fspick open_tree open_tree_attr move_mount mount_setattr",
		EPERM, "the same by the new calls (CVE-2021-41133)"),
	REFUSE("chroot", EPERM, "moves the root below which a path is resolved"),
	REFUSE("sethostname setdomainname", EPERM, "needs a capability that nobody has here"),
	REFUSE("pidfd_getfd kcmp", EPERM, "reaches into the descriptors of another process"),
	REFUSE("keyctl add_key request_key", ENOSYS,
		"keyrings have no namespace and outlive the run; as a kernel without, to which EPERM "
		"says that there are some"),
	REFUSE("bpf perf_event_open", EPERM, "programs and probes in the kernel"),
	REFUSE("userfaultfd", EPERM, "holds the kernel in a copy for as long as an attacker likes"),
	REFUSE("io_uring_setup io_uring_enter io_uring_register", EPERM,
		"does file and socket calls past every filter, and led the list of kernel exploits"),
	REFUSE("open_by_handle_at", EPERM, "opens any inode of a file system (shocker)"),
	REFUSE("name_to_handle_at", EPERM, "makes the handles for it; nothing here can use one"),
	REFUSE("fanotify_init fanotify_mark", EPERM, "watches whole mounts"),
	REFUSE("quotactl quotactl_fd", EPERM, "quotas of the host's file systems"),
	REFUSE("memfd_secret", ENOSYS,
		"memory that nobody can look into or swap; as before Linux 5.14, and where it is off"),
	REFUSE("mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages", EPERM,
		"where memory lies is the host's affair"),
	REFUSE("process_madvise process_mrelease", ENOSYS,
		"the memory of another process; as before Linux 5.10 and 5.15"),
	REFUSE("mknodat", EPERM, "device nodes"),
	REFUSE("personality", EPERM, "READ_IMPLIES_EXEC and old ABIs switch protections off"),
	REFUSE("kexec_load init_module finit_module delete_module reboot swapon swapoff", EPERM,
		"replaces or stops the kernel"),
	REFUSE("settimeofday clock_settime clock_adjtime adjtimex", EPERM, "the host's clock"),
	REFUSE("syslog acct vhangup", EPERM, "kernel log, accounting and terminals of the host"),
	REFUSE_SOMEWHERE("mknod", EPERM, "device nodes"),
	REFUSE_SOMEWHERE("kexec_file_load", EPERM, "replaces the kernel"),
	REFUSE_SOMEWHERE("iopl ioperm vm86 vm86old", EPERM,
		"old x86 doors to ports and 16 bits, with a record of bugs"),
	REFUSE_SOMEWHERE("modify_ldt", ENOSYS,
		"segments of one's own, with a record of bugs; as a kernel built without"),
};

/* What belongs to the whole host, or to the caller, and has no bound inside: no row of a limit
 * could keep one build from taking all of it. sandbox/limits/resource.c has the others. */
static const struct policy_row host_memory[] = {
	REFUSE_WHEN("mmap", ENOMEM, "MAP_HUGETLB",
		"the host's pool of huge pages; an empty one answers this, and programs go on",
		WHEN(3, MAP_HUGETLB, MAP_HUGETLB)),
	REFUSE_WHEN("madvise", EINVAL, "MADV_MERGEABLE",
		"the host's one thread compares the pages, and its time tells of others' pages",
		IS(2, MADV_MERGEABLE)),
};

static const struct policy_row host_files[] = {
	REFUSE_WHEN("fcntl", EINVAL, "F_NOTIFY",
		"a signal for each use of a directory, of the host's ones too; inotify took its place",
		IS(1, F_NOTIFY)),
	REFUSE_WHEN("fcntl", EINVAL, "F_SETLEASE",
		"makes who opens the file wait for 45 s: the caller, where a file of his is bound",
		IS(1, F_SETLEASE)),
	REFUSE_WHEN("pipe2", ENOPKG, "O_NOTIFICATION_PIPE",
		"what a kernel without watch queues says", WHEN(1, O_EXCL, O_EXCL)),
	REFUSE_WHEN("fadvise64", 0, "POSIX_FADV_DONTNEED",
		"done without doing it: the pages are the host's, whose programs would be read anew",
		IS(3, POSIX_FADV_DONTNEED)),
};

static const struct policy_row host_sockets[] = {
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_SOCKET, SO_ATTACH_FILTER",
		"programs of the whole host fill one pool (net.core.bpf_jit_limit), and then nobody's "
		"seccomp filter loads",
		IS(1, SOL_SOCKET), IS(2, SO_ATTACH_FILTER)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_SOCKET, SO_ATTACH_BPF", "the same",
		IS(1, SOL_SOCKET), IS(2, SO_ATTACH_BPF)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF", "the same",
		IS(1, SOL_SOCKET), IS(2, SO_ATTACH_REUSEPORT_CBPF)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF", "the same",
		IS(1, SOL_SOCKET), IS(2, SO_ATTACH_REUSEPORT_EBPF)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_SOCKET, SO_BUSY_POLL",
		"spins on a processor in the kernel", IS(1, SOL_SOCKET), IS(2, SO_BUSY_POLL)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_SOCKET, SO_PREFER_BUSY_POLL", "the same",
		IS(1, SOL_SOCKET), IS(2, SO_PREFER_BUSY_POLL)),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_IPV6, IPV6_FLOWLABEL_MGR",
		"one table of 4096 labels for all network namespaces", IS(1, IPPROTO_IPV6),
		IS(2, IPV6_FLOWLABEL_MGR)),
};

static const struct policy_row host_processes[] = {
	REFUSE_WHEN("memfd_create", EINVAL, "MFD_HUGETLB", "see mmap; what older kernels say",
		WHEN(1, MFD_HUGETLB, MFD_HUGETLB)),
	REFUSE_WHEN("shmget", ENOMEM, "SHM_HUGETLB", "see mmap", WHEN(2, SHM_HUGETLB, SHM_HUGETLB)),
	REFUSE_WHEN("prctl", EINVAL, "PR_SET_MEMORY_MERGE", "see madvise", IS(0, PR_MERGE_PAGES)),
	REFUSE_WHEN("sched_setscheduler sched_setparam sched_setattr sched_setaffinity", EPERM,
		"of PID 1", "where one id is mapped, an idle PID 1 ends nothing in time",
		IS(0, FIRST_PROCESS)),
	REFUSE_WHEN("setpriority ioprio_set", EPERM, "of PID 1, or its group", "the same",
		IS(1, FIRST_PROCESS)),
	REFUSE_WHEN("setpriority", EPERM, "PRIO_USER", "PID 1 among them", IS(0, PRIO_USER)),
	REFUSE_WHEN("ioprio_set", EPERM, "IOPRIO_WHO_USER", "PID 1 among them", IS(0, IOPRIO_USER)),
	REFUSE_WHEN("prlimit64", EPERM, "of PID 1",
		"where one id is mapped, a limit of no time ends it", IS(0, FIRST_PROCESS)),
	/* PID 1 leads the session of a terminal, where everybody may join its group. */
	REFUSE_WHEN("setpgid", EPERM, "into the group of PID 1",
		"a priority of one's own group would be one of PID 1", IS(1, FIRST_PROCESS)),
};

/* Breakpoints of the processor are few, a run's take from those of the host's own perf events, and
 * the kernel's code for them has a record (CVE-2018-1000199, CVE-2018-8897). gdb stops itself
 * where it cannot clear the control register of a new thread, which it always does. */
static const struct policy_row tracing[] = {
	REFUSE_WHEN("ptrace", EIO, "PTRACE_POKEUSER, u_debugreg[0] and [1]",
		"addresses of hardware breakpoints; gdb has others: set can-use-hw-watchpoints 0",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~0xfU, 0x350)),
	REFUSE_WHEN("ptrace", EIO, "PTRACE_POKEUSER, u_debugreg[2] and [3]", "the same",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~0xfU, 0x360)),
	REFUSE_WHEN("ptrace", 0, "PTRACE_POKEUSER, u_debugreg[4] and [5]",
		"done without doing it: no address stands that could be switched on",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~0xfU, 0x370)),
	REFUSE_WHEN("ptrace", 0, "PTRACE_POKEUSER, u_debugreg[6] and [7]", "the same",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~0xfU, 0x380)),
	REFUSE_WHEN("ptrace", EINVAL, "PTRACE_GETREGSET, NT_ARM_HW_BREAK or NT_ARM_HW_WATCH",
		"the same on arm64; what a kernel without them says", IS(0, PTRACE_GET_REGISTERS),
		WHEN(2, ~1U, ARM_BREAKPOINTS)),
	REFUSE_WHEN("ptrace", EINVAL, "PTRACE_SETREGSET, NT_ARM_HW_BREAK or NT_ARM_HW_WATCH",
		"the same", IS(0, PTRACE_SET_REGISTERS), WHEN(2, ~1U, ARM_BREAKPOINTS)),
};

/* Away with --allow-userns, where sandboxes inside need filters of their own. */
static const struct policy_row nested_filters[] = {
	REFUSE_WHEN("seccomp", EINVAL, "SECCOMP_SET_MODE_FILTER",
		"see SO_ATTACH_FILTER; what a kernel without filters says, and man and sshd go on",
		IS(0, SECCOMP_SET_MODE_FILTER)),
	REFUSE_WHEN("prctl", EINVAL, "PR_SET_SECCOMP, SECCOMP_MODE_FILTER", "the same",
		IS(0, PR_SET_SECCOMP), IS(1, SECCOMP_MODE_FILTER)),
};

/* What the builder and a fetcher with a network may make of each family. Raw and
 * packet sockets are never among the types, MPTCP, SCTP, DCCP and UDP-Lite never among
 * the protocols: each is a module with a record of its own. */
static const struct policy_row inet_sockets[] = {
	ALLOW_WHEN("socket", "AF_INET, SOCK_STREAM, 0", "TCP", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET, SOCK_STREAM, IPPROTO_TCP", "TCP", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_TCP)),
	ALLOW_WHEN("socket", "AF_INET, SOCK_DGRAM, 0", "UDP", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET, SOCK_DGRAM, IPPROTO_UDP", "UDP", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_UDP)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_STREAM, 0", "TCP", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_STREAM, IPPROTO_TCP", "TCP", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_TCP)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_DGRAM, 0", "UDP", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_DGRAM, IPPROTO_UDP", "UDP", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_UDP)),
	ALLOW_WHEN("socket", "AF_NETLINK, SOCK_RAW, NETLINK_ROUTE",
		"getaddrinfo and if_nameindex list addresses; changing them needs a capability",
		IS(0, AF_NETLINK), WHEN(1, TYPE_BITS, SOCK_RAW), IS(2, NETLINK_ROUTE)),
	ALLOW_WHEN("socket", "AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE", "the same", IS(0, AF_NETLINK),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, NETLINK_ROUTE)),
};

/* The group of who may is the network namespace's (net.ipv4.ping_group_range), and of routes
 * for echoes there is that to the build itself. */
static const struct policy_row ping_sockets[] = {
	ALLOW_WHEN("socket", "AF_INET, SOCK_DGRAM, IPPROTO_ICMP", "ping, without power over more",
		IS(0, AF_INET), WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_ICMP)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6", "the same", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_ICMPV6)),
};

static const struct policy_row unix_stream_socket[] = {
	ALLOW_WHEN("socket", "AF_UNIX, SOCK_STREAM", "a server of the run itself, or an ssh agent",
		IS(0, AF_UNIX), WHEN(1, TYPE_BITS, SOCK_STREAM)),
};

static const struct policy_row unix_sockets[] = {
	ALLOW_WHEN("socket", "AF_UNIX, SOCK_DGRAM", "syslog and notify sockets of test suites",
		IS(0, AF_UNIX), WHEN(1, TYPE_BITS, SOCK_DGRAM)),
	ALLOW_WHEN("socket", "AF_UNIX, SOCK_SEQPACKET", "message channels of test suites",
		IS(0, AF_UNIX), WHEN(1, TYPE_BITS, SOCK_SEQPACKET)),
};

static const struct policy_row socket_answers[] = {
	REFUSE_WHEN("socket", EPERM, "AF_INET, SOCK_RAW",
		"what the kernel says without CAP_NET_RAW, and ping has a message for",
		IS(0, AF_INET), WHEN(1, TYPE_BITS, SOCK_RAW)),
	REFUSE_WHEN("socket", EPERM, "AF_INET6, SOCK_RAW", "the same", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_RAW)),
	REFUSE_WHEN("socket", EPROTONOSUPPORT, "AF_INET, SOCK_STREAM, IPPROTO_MPTCP",
		"what Go takes for a kernel without MPTCP", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_MPTCP)),
	REFUSE_WHEN("socket", EPROTONOSUPPORT, "AF_INET6, SOCK_STREAM, IPPROTO_MPTCP", "the same",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_MPTCP)),
	REFUSE_WHEN("socket", EPROTONOSUPPORT, "AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE",
		"a second UDP that the kernel is about to lose; what one without it says, and tests "
		"skip",
		IS(0, AF_INET), WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_UDPLITE)),
	REFUSE_WHEN("socket", EPROTONOSUPPORT, "AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE", "the same",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_UDPLITE)),
	REFUSE_WHEN("socket", EPROTONOSUPPORT, "AF_INET, SOCK_STREAM, IPPROTO_SCTP",
		"loads a large module with a long record of bugs; what a kernel without it says",
		IS(0, AF_INET), WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_SCTP)),
	REFUSE_WHEN("socket", EPROTONOSUPPORT, "AF_INET6, SOCK_STREAM, IPPROTO_SCTP", "the same",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_SCTP)),
	REFUSE_WHEN("socket", ESOCKTNOSUPPORT, "AF_INET, SOCK_SEQPACKET", "SCTP alone has it",
		IS(0, AF_INET), WHEN(1, TYPE_BITS, SOCK_SEQPACKET)),
	REFUSE_WHEN("socket", ESOCKTNOSUPPORT, "AF_INET6, SOCK_SEQPACKET", "the same",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_SEQPACKET)),
	REFUSE_WHEN("socket", ESOCKTNOSUPPORT, "AF_INET, SOCK_DCCP",
		"a module that the kernel has lost since", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_DCCP)),
	REFUSE_WHEN("socket", ESOCKTNOSUPPORT, "AF_INET6, SOCK_DCCP", "the same", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_DCCP)),
	REFUSE("socket", EAFNOSUPPORT,
		"what a kernel without the family says, and programs try the next one"),
};

/* --allow-userns: what a rootless sandbox inside the sandbox needs. The kernel asks
 * for capabilities over the new namespaces only, and the limits still hold; what it
 * costs is the kernel code behind these calls. io_uring, bpf and keyrings stay out. */
static const struct policy_row userns_permits[] = {
	ALLOW("clone unshare", "namespaces are what --allow-userns asks for"),
	ALLOW("clone3", "its flags may now be anything"),
	ALLOW("setns", "a nested sandbox joins the namespaces that it made"),
	ALLOW("mount umount2 pivot_root chroot", "a nested root, in a mount namespace of its own"),
	ALLOW("fsopen fsconfig fsmount fspick open_tree open_tree_attr move_mount mount_setattr",
		"the same by the new calls"),
	ALLOW("sethostname setdomainname", "in a UTS namespace of its own"),
};

/* --allow-32bit: the names that i386 has beside the builder's. */
static const struct policy_row i386_rows[] = {
	ALLOW("mmap2 _llseek fcntl64 stat64 lstat64 fstat64 fstatat64 statfs64 fstatfs64 truncate64 "
	      "ftruncate64 sendfile64 fadvise64_64 ugetrlimit _newselect",
		"64-bit files of a 32-bit program"),
	ALLOW("getuid32 getgid32 geteuid32 getegid32 getgroups32 getresuid32 getresgid32 setuid32 "
	      "setgid32 setreuid32 setregid32 setresuid32 setresgid32 setgroups32 setfsuid32 "
	      "setfsgid32 chown32 lchown32 fchown32",
		"32-bit ids, see setuid and fchown"),
	ALLOW("clock_gettime64 clock_getres_time64 clock_nanosleep_time64 timer_gettime64 "
	      "timer_settime64 timerfd_gettime64 timerfd_settime64 utimensat_time64 pselect6_time64 "
	      "ppoll_time64 recvmmsg_time64 mq_timedsend_time64 mq_timedreceive_time64 "
	      "semtimedop_time64 rt_sigtimedwait_time64 futex_time64 sched_rr_get_interval_time64",
		"64-bit times of a 32-bit program"),
	ALLOW("set_thread_area get_thread_area", "thread-local storage on i386"),
	ALLOW("waitpid sigaction sigprocmask sigpending sigsuspend sigreturn signal nice readdir "
	      "oldstat oldlstat oldfstat",
		"first forms of permitted calls, in old binaries"),
	ALLOW("ipc", "System V IPC through one number: the IPC namespace is the builder's own"),
	{ .calls = "socketcall",
		.verdict = POLICY_REFUSE_WHEN,
		.errnum = ENOSYS,
		.reason = "its family hides behind a pointer; musl falls back to socket" },
	{ .calls = "mmap",
		.verdict = POLICY_REFUSE_WHEN,
		.errnum = ENOSYS,
		.reason = "MAP_HUGETLB would hide behind a pointer; C libraries use mmap2" },
	REFUSE_WHEN("mmap2", ENOMEM, "MAP_HUGETLB", "see mmap of 64 bits",
		WHEN(3, MAP_HUGETLB, MAP_HUGETLB)),
	REFUSE_WHEN("ipc", ENOMEM, "SHMGET, SHM_HUGETLB", "see shmget",
		WHEN(0, IPC_CALL_BITS, IPC_SHMGET), WHEN(3, SHM_HUGETLB, SHM_HUGETLB)),
	REFUSE_WHEN("fcntl64", EINVAL, "F_NOTIFY", "see fcntl", IS(1, F_NOTIFY)),
	REFUSE_WHEN("fcntl64", EINVAL, "F_SETLEASE", "see fcntl", IS(1, F_SETLEASE)),
	REFUSE_WHEN("fadvise64", 0, "POSIX_FADV_DONTNEED", "as of 64 bits, an argument further on",
		IS(4, POSIX_FADV_DONTNEED)),
	REFUSE_WHEN(
		"fadvise64_64", 0, "POSIX_FADV_DONTNEED", "the same", IS(5, POSIX_FADV_DONTNEED)),
	REFUSE_WHEN("ptrace", EIO, "PTRACE_POKEUSER, u_debugreg[0]", "see ptrace of 64 bits",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~3U, 0xfc)),
	REFUSE_WHEN("ptrace", EIO, "PTRACE_POKEUSER, u_debugreg[1] and [2]", "the same",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~7U, 0x100)),
	REFUSE_WHEN("ptrace", EIO, "PTRACE_POKEUSER, u_debugreg[3]", "the same",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~3U, 0x108)),
	REFUSE_WHEN("ptrace", 0, "PTRACE_POKEUSER, u_debugreg[4]", "the same",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~3U, 0x10c)),
	REFUSE_WHEN("ptrace", 0, "PTRACE_POKEUSER, u_debugreg[5] to [7]", "the same",
		IS(0, PTRACE_POKE_USER), WHEN(2, ~0xfU, 0x110)),
	REFUSE("umount", EPERM, "see umount2"),
	REFUSE("stime clock_settime64 clock_adjtime64", EPERM, "the host's clock"),
	REFUSE("io_pgetevents_time64", ENOSYS, "with io_setup"),
};

/* --allow-32bit, through either entry. */
static const struct policy_row linux32_permits[] = {
	ALLOW_WHEN("personality", "PER_LINUX32",
		"linux32 and setarch say which machine a build is for", IS(0, PERSONA_LINUX32)),
};

/* PID 1 once the builder runs: wait, pass signals and messages on, end. */
static const struct policy_row keeper_rows[] = {
	ALLOW("read write readv writev recvmsg sendmsg recvfrom sendto close",
		"pipes, signalfd and the launcher's socket, all open already"),
	ALLOW("ppoll epoll_pwait epoll_pwait2 epoll_ctl restart_syscall", "its event loop"),
	ALLOW_SOMEWHERE("poll epoll_wait", "its event loop, older forms"),
	ALLOW("wait4 waitid", "reaps the orphans of the sandbox"),
	ALLOW("kill tgkill pidfd_send_signal", "forwards signals and ends what is left"),
	ALLOW("rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigsuspend "
	      "rt_sigreturn",
		"its own signals"),
	ALLOW_WHEN("ioctl", "TIOCSPGRP", "hands the terminal to the builder's process group",
		IS(1, TIOCSPGRP)),
	ALLOW_WHEN("ioctl", "TIOCGPGRP", "asks who has it", IS(1, TIOCGPGRP)),
	ALLOW("getpid gettid clock_gettime nanosleep clock_nanosleep getrusage fstatfs",
		"times and usage for the report"),
	ALLOW_WHEN("ioctl", "SECCOMP_IOCTL_NOTIF_RECV", "which call the builder was refused",
		IS(1, SECCOMP_IOCTL_NOTIF_RECV)),
	ALLOW_WHEN("ioctl", "SECCOMP_IOCTL_NOTIF_ID_VALID", "does its caller still wait",
		IS(1, SECCOMP_IOCTL_NOTIF_ID_VALID)),
	ALLOW_WHEN(
		"ioctl", "SECCOMP_IOCTL_NOTIF_SEND", "refuses it", IS(1, SECCOMP_IOCTL_NOTIF_SEND)),
	ALLOW("getdents64 lseek", "who runs in the user's pause, in the sandbox's own /proc"),
	ALLOW_WHEN("openat", "O_RDONLY | O_CLOEXEC | O_NOFOLLOW",
		"the name of the program that was refused, how often nobody was there to hear, and "
		"who runs in a pause, in the sandbox's own /proc",
		IS(2, O_RDONLY | O_CLOEXEC | NOFOLLOW_GENERIC)),
	ALLOW_WHEN("openat", "O_RDONLY | O_CLOEXEC | O_NOFOLLOW, of arm64", "the same",
		IS(2, O_RDONLY | O_CLOEXEC | NOFOLLOW_ARM)),
	ALLOW_WHEN("prctl", "PR_GET_SECCOMP", "reads back that this filter is installed",
		IS(0, PR_GET_SECCOMP)),
	ALLOW("brk munmap", "what the C library gives back on the way out"),
	ALLOW("exit exit_group", "the end"),
};

/* cofferdam-fetch, once it is loaded and linked: files, memory without code, and a
 * record of what it does. No exec, no process, no thread: libgit2 makes threads to
 * pack objects, and a fetcher only unpacks. */
static const struct policy_row fetcher_rows[] = {
	ALLOW("read write readv writev pread64 pwrite64 lseek close fcntl flock dup dup3 pipe2",
		"bytes of an open descriptor"),
	ALLOW("openat openat2 statx statfs fstatfs faccessat faccessat2 readlinkat getdents64 getcwd "
	      "chdir fchdir",
		"reading; Landlock decides what"),
	ALLOW("mkdirat linkat symlinkat unlinkat renameat2 fallocate ftruncate umask fchmod fchmodat "
	      "fchown utimensat fsync fdatasync fadvise64 copy_file_range sendfile",
		"writing the clone"),
	ALLOW_SOMEWHERE(
		"open creat stat lstat fstat newfstatat access readlink getdents mkdir rmdir "
		"link unlink symlink rename renameat chmod utimes dup2 pipe",
		"older forms of the file calls"),
	ALLOW_WHEN("mmap", "no PROT_EXEC", "memory and pack files; no new code",
		WHEN(2, PROT_EXEC, 0)),
	ALLOW_WHEN("mprotect", "no PROT_EXEC", "guards of the allocator; no new code",
		WHEN(2, PROT_EXEC, 0)),
	ALLOW("munmap mremap madvise msync brk", "memory of the process itself"),
	ALLOW("futex set_robust_list rseq getrandom sysinfo uname sched_getaffinity sched_yield",
		"the C library and the TLS library"),
	ALLOW("getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getpgid "
	      "getrlimit getrusage times",
		"who am I; libgit2 checks the owner of a repository"),
	ALLOW_WHEN("prlimit64", "of oneself", "the C library asks for its stack's", IS(0, 0)),
	ALLOW("clock_gettime clock_getres gettimeofday nanosleep clock_nanosleep", "clocks"),
	ALLOW_SOMEWHERE("time alarm", "clocks, older forms"),
	ALLOW("rt_sigaction rt_sigprocmask rt_sigreturn restart_syscall sigaltstack tgkill",
		"signals to itself: abort must be seen as one"),
	ALLOW("ppoll pselect6 epoll_create1 epoll_ctl epoll_pwait eventfd2", "waiting"),
	ALLOW_SOMEWHERE("poll select", "waiting, older forms"),
	ALLOW("sendmsg recvmsg sendto recvfrom shutdown", "messages to the keeper"),
	ALLOW_WHEN(
		"ioctl", "FIONREAD", "the resolver asks how large an answer is", IS(1, FIONREAD)),
	ALLOW_WHEN("prctl", "PR_GET_SECCOMP", "reads back that this filter is installed",
		IS(0, PR_GET_SECCOMP)),
	ALLOW_WHEN("ioctl", "TCGETS", "isatty", IS(1, TCGETS)),
	ALLOW("exit exit_group", "the end"),
	REFUSE("socket socketpair", EAFNOSUPPORT, "only the families with a row of their own"),
	REFUSE("execve execveat clone ptrace", EPERM,
		"a fetcher that was taken over starts nothing and looks into nobody"),
	REFUSE_SOMEWHERE("fork vfork", EPERM, "a fetcher starts nothing"),
};

static const struct policy_row fetcher_network[] = {
	ALLOW("connect getsockname getpeername getsockopt setsockopt sendmmsg recvmmsg",
		"connections to the server and the resolver"),
	ALLOW("bind", "getaddrinfo binds its netlink socket; listen has no row"),
	REFUSE_WHEN("setsockopt", ENOPROTOOPT, "SOL_TCP, TCP_ULP",
		"loads kernel TLS and espintcp into an ordinary socket", IS(1, IPPROTO_TCP),
		IS(2, TCP_ULP)),
};

/* cofferdam-broker, once it is confined: bytes between the builder's connections and the
 * engine's. Every path that it needs is open or connected to; it opens no file, makes no
 * process and no new code. */
static const struct policy_row broker_rows[] = {
	ALLOW("read write readv writev close lseek", "bytes of an open descriptor"),
	ALLOW("recvfrom recvmsg sendto sendmsg shutdown", "both sides, and the launcher"),
	ALLOW("accept4 connect", "the builder comes in; Landlock decides where it goes out"),
	ALLOW("splice pipe2", "large bodies are moved, not read"),
	ALLOW("epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 ppoll restart_syscall", "waiting"),
	ALLOW_SOMEWHERE("poll epoll_wait", "waiting, older forms"),
	ALLOW_WHEN("socket", "AF_UNIX, SOCK_STREAM", "one to the engine for each of the builder's",
		IS(0, AF_UNIX), WHEN(1, TYPE_BITS, SOCK_STREAM)),
	ALLOW_WHEN(
		"getsockopt", "SOL_SOCKET", "whether a connection came to be", IS(1, SOL_SOCKET)),
	ALLOW_WHEN("fcntl", "F_GETFL", "is it non-blocking", IS(1, F_GETFL)),
	ALLOW_WHEN("fcntl", "F_SETFL", "make it so", IS(1, F_SETFL)),
	ALLOW_WHEN("fcntl", "F_SETPIPE_SZ", "how much one splice moves", IS(1, F_SETPIPE_SZ)),
	ALLOW("fstat", "what a descriptor is, and how large"),
	ALLOW_SOMEWHERE_WHEN("newfstatat", "AT_EMPTY_PATH", "the C library's fstat; no path",
		WHEN(3, AT_EMPTY_PATH, AT_EMPTY_PATH)),
	ALLOW_WHEN("mmap", "no PROT_EXEC", "memory; no new code", WHEN(2, PROT_EXEC, 0)),
	ALLOW_WHEN("mprotect", "no PROT_EXEC", "guards of the allocator; no new code",
		WHEN(2, PROT_EXEC, 0)),
	ALLOW("munmap mremap madvise brk", "memory of the process itself"),
	ALLOW("futex getrandom", "the C library; names that nobody can guess"),
	ALLOW("clock_gettime gettimeofday clock_nanosleep", "time limits"),
	ALLOW("getpid gettid tgkill rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack",
		"signals to itself: abort must be seen as one"),
	ALLOW_WHEN("prctl", "PR_GET_SECCOMP", "reads back that this filter is installed",
		IS(0, PR_GET_SECCOMP)),
	ALLOW("exit exit_group", "the end"),
	REFUSE("socket", EAFNOSUPPORT, "Unix streams alone; the network namespace is empty too"),
	REFUSE("execve execveat clone ptrace", EPERM,
		"a broker that was taken over starts nothing and looks into nobody"),
	REFUSE_SOMEWHERE("fork vfork", EPERM, "a broker starts nothing"),
	REFUSE("openat openat2 bind listen", EPERM,
		"it opens no path, and nobody connects to it but through what it was given"),
	REFUSE_SOMEWHERE("open creat", EPERM, "it opens no path"),
};

/* cofferdam-egress, once it is confined: bytes between the builder's connections and those to the
 * hosts that were named. It listens to nothing but what it was given, and makes no new code. */
static const struct policy_row egress_rows[] = {
	ALLOW("read write readv writev close lseek", "bytes of an open descriptor"),
	ALLOW("recvfrom recvmsg sendto sendmsg sendmmsg shutdown",
		"both sides, the name servers, and the launcher"),
	ALLOW("accept4 connect getsockname getpeername", "the builder comes in; whom it dialled"),
	ALLOW("splice pipe2", "bytes are moved, not read"),
	ALLOW("epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 ppoll restart_syscall", "waiting"),
	ALLOW_SOMEWHERE("poll epoll_wait", "waiting, older forms"),
	ALLOW_WHEN("socket", "AF_INET, SOCK_STREAM, 0", "to a host that was named", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET, SOCK_STREAM, IPPROTO_TCP", "to a host that was named",
		IS(0, AF_INET), WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_TCP)),
	ALLOW_WHEN("socket", "AF_INET, SOCK_DGRAM, 0", "to a name server", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET, SOCK_DGRAM, IPPROTO_UDP", "to a name server", IS(0, AF_INET),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_UDP)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_STREAM, 0", "to a host that was named",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_STREAM, IPPROTO_TCP", "to a host that was named",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_STREAM), IS(2, IPPROTO_TCP)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_DGRAM, 0", "to a name server", IS(0, AF_INET6),
		WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, 0)),
	ALLOW_WHEN("socket", "AF_INET6, SOCK_DGRAM, IPPROTO_UDP", "to a name server",
		IS(0, AF_INET6), WHEN(1, TYPE_BITS, SOCK_DGRAM), IS(2, IPPROTO_UDP)),
	ALLOW_WHEN(
		"getsockopt", "SOL_SOCKET", "whether a connection came to be", IS(1, SOL_SOCKET)),
	ALLOW_WHEN("setsockopt", "SOL_SOCKET, SO_KEEPALIVE", "a peer that died is noticed",
		IS(1, SOL_SOCKET), IS(2, SO_KEEPALIVE)),
	ALLOW_WHEN("setsockopt", "IPPROTO_TCP, TCP_KEEPIDLE", "and within two minutes",
		IS(1, IPPROTO_TCP), IS(2, TCP_KEEPIDLE)),
	ALLOW_WHEN("setsockopt", "IPPROTO_TCP, TCP_KEEPINTVL", "the same", IS(1, IPPROTO_TCP),
		IS(2, TCP_KEEPINTVL)),
	ALLOW_WHEN("setsockopt", "IPPROTO_TCP, TCP_KEEPCNT", "the same", IS(1, IPPROTO_TCP),
		IS(2, TCP_KEEPCNT)),
	ALLOW_WHEN("setsockopt", "SOL_SOCKET, SO_LINGER", "a refusal is a reset", IS(1, SOL_SOCKET),
		IS(2, SO_LINGER)),
	ALLOW_WHEN("setsockopt", "IPPROTO_TCP, TCP_NODELAY", "small messages go at once",
		IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY)),
	ALLOW_WHEN("fcntl", "F_GETFD", "the resolver's sockets", IS(1, F_GETFD)),
	ALLOW_WHEN("fcntl", "F_SETFD", "the resolver's sockets", IS(1, F_SETFD)),
	ALLOW_WHEN("fcntl", "F_GETFL", "is it non-blocking", IS(1, F_GETFL)),
	ALLOW_WHEN("fcntl", "F_SETFL", "make it so", IS(1, F_SETFL)),
	ALLOW_WHEN("fcntl", "F_SETPIPE_SZ", "how much one splice moves", IS(1, F_SETPIPE_SZ)),
	ALLOW("openat", "/etc/hosts, which the resolver reads; its root has copies of three files"),
	ALLOW("fstat", "what a descriptor is, and how large"),
	ALLOW_SOMEWHERE("open stat newfstatat", "the same, older forms"),
	ALLOW_WHEN("mmap", "no PROT_EXEC", "memory; no new code", WHEN(2, PROT_EXEC, 0)),
	ALLOW_WHEN("mprotect", "no PROT_EXEC", "guards of the allocator; no new code",
		WHEN(2, PROT_EXEC, 0)),
	ALLOW("munmap mremap madvise brk", "memory of the process itself"),
	ALLOW("futex getrandom", "the C library; questions that nobody can guess"),
	ALLOW("clock_gettime gettimeofday clock_nanosleep", "time limits"),
	ALLOW("getpid gettid tgkill rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack",
		"signals to itself: abort must be seen as one"),
	ALLOW_WHEN("prctl", "PR_GET_SECCOMP", "reads back that this filter is installed",
		IS(0, PR_GET_SECCOMP)),
	ALLOW("exit exit_group", "the end"),
	REFUSE("socket", EAFNOSUPPORT,
		"TCP and UDP alone: other protocols are modules that it never needs"),
	REFUSE("execve execveat clone ptrace", EPERM,
		"a gateway that was taken over starts nothing and looks into nobody"),
	REFUSE_SOMEWHERE("fork vfork", EPERM, "a gateway starts nothing"),
	REFUSE("openat2 bind listen", EPERM, "nobody reaches it but through what it was given"),
	REFUSE_SOMEWHERE("creat", EPERM, "it makes no file"),
};

/* cofferdam-unpack: the same files, of one directory; and their owners. */
static const struct policy_row unpack_rows[] = {
	ALLOW("fchownat", "what an archive has is given to the ids that it names"),
};

struct chapter {
	const struct policy_row *rows;
	size_t count;
	unsigned char entries; /* bits of 1 << enum policy_entry */
};

enum { CHAPTERS = 16, IN_NATIVE = 1 << POLICY_NATIVE, IN_COMPAT = 1 << POLICY_COMPAT };

#define CHAPTER(rows_, entries_)                                                                   \
	{                                                                                          \
		.rows = (rows_), .count = ARRAY_LEN(rows_), .entries = (entries_)                  \
	}
#define BUILDER_CHAPTERS(entries_)                                                                 \
	CHAPTER(builder_permits, entries_), CHAPTER(builder_refusals, entries_),                   \
		CHAPTER(host_memory, entries_), CHAPTER(host_files, entries_),                     \
		CHAPTER(host_sockets, entries_), CHAPTER(host_processes, entries_),                \
		CHAPTER(tracing, entries_), CHAPTER(inet_sockets, entries_),                       \
		CHAPTER(ping_sockets, entries_), CHAPTER(unix_stream_socket, entries_),            \
		CHAPTER(unix_sockets, entries_), CHAPTER(socket_answers, entries_)

#define FETCHER_CHAPTERS                                                                           \
	CHAPTER(fetcher_rows, IN_NATIVE), CHAPTER(host_memory, IN_NATIVE),                         \
		CHAPTER(host_files, IN_NATIVE)

static const char default_missing[] =
	"a number without a row: C libraries take it for an older kernel and fall back";
/* Killing PID 1 would kill the run and look like a crash of ours; an errno reaches
 * the report with the name of the call. Nothing in the keeper falls back. */
static const char default_keeper[] = "an error that the report can name, where a kill of PID 1 "
				     "would look like a crash";

static const struct {
	int errnum;
	const char *reason;
	struct chapter chapters[CHAPTERS];
} roles[FILTER_COUNT] = {
	[FILTER_BUILDER] = { ENOSYS, default_missing,
		{ BUILDER_CHAPTERS(IN_NATIVE), CHAPTER(nested_filters, IN_NATIVE) } },
	[FILTER_BUILDER_32BIT] = { ENOSYS, default_missing,
		{ BUILDER_CHAPTERS(IN_NATIVE | IN_COMPAT),
			CHAPTER(nested_filters, IN_NATIVE | IN_COMPAT),
			CHAPTER(linux32_permits, IN_NATIVE | IN_COMPAT),
			CHAPTER(i386_rows, IN_COMPAT) } },
	[FILTER_BUILDER_USERNS] = { ENOSYS, default_missing,
		{ BUILDER_CHAPTERS(IN_NATIVE), CHAPTER(userns_permits, IN_NATIVE) } },
	[FILTER_BUILDER_32BIT_USERNS] = { ENOSYS, default_missing,
		{ BUILDER_CHAPTERS(IN_NATIVE | IN_COMPAT),
			CHAPTER(linux32_permits, IN_NATIVE | IN_COMPAT),
			CHAPTER(i386_rows, IN_COMPAT),
			CHAPTER(userns_permits, IN_NATIVE | IN_COMPAT) } },
	[FILTER_KEEPER] = { EPERM, default_keeper, { CHAPTER(keeper_rows, IN_NATIVE) } },
	[FILTER_FETCHER] = { ENOSYS, default_missing,
		{ FETCHER_CHAPTERS, CHAPTER(fetcher_network, IN_NATIVE),
			CHAPTER(host_sockets, IN_NATIVE), CHAPTER(inet_sockets, IN_NATIVE) } },
	[FILTER_FETCHER_LOCAL] = { ENOSYS, default_missing, { FETCHER_CHAPTERS } },
	[FILTER_UNPACK] = { ENOSYS, default_missing,
		{ FETCHER_CHAPTERS, CHAPTER(unpack_rows, IN_NATIVE) } },
	[FILTER_FETCHER_AGENT] = { ENOSYS, default_missing,
		{ FETCHER_CHAPTERS, CHAPTER(fetcher_network, IN_NATIVE),
			CHAPTER(host_sockets, IN_NATIVE), CHAPTER(inet_sockets, IN_NATIVE),
			CHAPTER(unix_stream_socket, IN_NATIVE) } },
	[FILTER_BROKER] = { ENOSYS, default_missing,
		{ CHAPTER(broker_rows, IN_NATIVE), CHAPTER(host_memory, IN_NATIVE) } },
	[FILTER_EGRESS] = { ENOSYS, default_missing,
		{ CHAPTER(egress_rows, IN_NATIVE), CHAPTER(host_memory, IN_NATIVE) } },
};

const struct policy_row *policy_row(enum filter_role role, enum policy_entry entry, size_t index)
{
	for (size_t i = 0; i < CHAPTERS; i++) {
		const struct chapter *chapter = &roles[role].chapters[i];

		if ((chapter->entries & (1U << entry)) == 0)
			continue;
		if (index < chapter->count)
			return &chapter->rows[index];
		index -= chapter->count;
	}
	return NULL;
}

int policy_default(enum filter_role role, const char **ret_reason)
{
	if (ret_reason != NULL)
		*ret_reason = roles[role].reason;
	return roles[role].errnum;
}

const char *policy_answer(const struct policy_row *row)
{
	if (row->verdict == POLICY_ALLOW)
		return "allow";
	return row->errnum == 0 ? "done" : strerrorname_np(row->errnum);
}

int policy_newer_number(const char *name)
{
	/* arch/x86/entry/syscalls/syscall_64.tbl of Linux 6.17 */
	static const struct {
		const char *name;
		int number;
	} newer[] = {
		{ "set_mempolicy_home_node", 450 },
		{ "cachestat", 451 },
		{ "fchmodat2", 452 },
		{ "map_shadow_stack", 453 },
		{ "futex_wake", 454 },
		{ "futex_wait", 455 },
		{ "futex_requeue", 456 },
		{ "statmount", 457 },
		{ "listmount", 458 },
		{ "lsm_get_self_attr", 459 },
		{ "lsm_set_self_attr", 460 },
		{ "lsm_list_modules", 461 },
		{ "mseal", 462 },
		{ "setxattrat", 463 },
		{ "getxattrat", 464 },
		{ "listxattrat", 465 },
		{ "removexattrat", 466 },
		{ "open_tree_attr", 467 },
		{ "file_getattr", 468 },
		{ "file_setattr", 469 },
	};

	for (size_t i = 0; i < ARRAY_LEN(newer); i++)
		if (strcmp(newer[i].name, name) == 0)
			return newer[i].number;
	return -1;
}

bool policy_next_call(const char **calls, char *ret, size_t size)
{
	size_t length = strcspn(*calls, " ");

	if (length == 0 || length >= size)
		return false;
	memcpy(ret, *calls, length);
	ret[length] = '\0';
	*calls += length + ((*calls)[length] == ' ');
	return true;
}
