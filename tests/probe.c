/* tests/probe.c: try one forbidden thing, by name, and say how the kernel answered.
 *
 *	probe NAME [ARG…]    prints OK or the errno's name (EPERM); some print what they found
 *	probe --list         the names
 *
 * The same program runs inside a sandbox and outside: a refusal inside proves something
 * only when the attempt works without the wall. Where no ordinary user may do the thing
 * anywhere, the arguments are made so that the kernel's own answer is another errno: it
 * counts as OK ("the call arrived").
 *
 * Needs nothing but libc, so that it also runs where no library is. */
#include "tests/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

#define PRINTED  PROBE_PRINTED
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int answer(long result)
{
	return result < 0 ? errno : 0;
}

/* The kernel's own refusal shows that the call arrived. */
static int arrived(long result, int expected)
{
	return result < 0 && errno == expected ? 0 : answer(result);
}

static const char *argument(int argc, char **argv, int i)
{
	if (i < argc)
		return argv[i];
	fprintf(stderr, "probe: argument %d is missing\n", i + 1);
	exit(2);
}

/* What succeeds in a bare user namespace would change the host itself when it is tried
 * there as root: mounts, host name. Such a probe is refused, loudly. */
static void never_on_the_host(void)
{
	unsigned first = 1, outside = 1;
	unsigned long length = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");

	if (map == NULL || fscanf(map, "%u %u %lu", &first, &outside, &length) != 3)
		length = UINT32_MAX; /* in doubt it is the host */
	if (map != NULL)
		fclose(map);
	if (geteuid() == 0 && length == UINT32_MAX) {
		fprintf(stderr, "probe: not as root on the host itself\n");
		exit(2);
	}
}

/* ---- keyrings ---- */

static int keyctl_describe(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
}

static int key_add(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_add_key, "user", "cofferdam", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int key_request(int argc, char **argv)
{
	(void)argc, (void)argv;
	return arrived(syscall(SYS_request_key, "user", "cofferdam-none", NULL, 0), ENOKEY);
}

/* ---- doors to more kernel ---- */

static int io_uring(int argc, char **argv)
{
	struct io_uring_params params = { 0 };

	(void)argc, (void)argv;
	return answer(syscall(SYS_io_uring_setup, 1, &params));
}

static int bpf(int argc, char **argv)
{
	static char attr[8192]; /* larger than a page is refused before any privilege is asked */

	(void)argc, (void)argv;
	return arrived(syscall(SYS_bpf, BPF_MAP_CREATE, attr, sizeof(attr)), E2BIG);
}

static int perf(int argc, char **argv)
{
	(void)argc, (void)argv;
	return arrived(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0), EFAULT);
}

static int userfaultfd_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
}

static int fanotify(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, 0));
}

static int handle_name(int argc, char **argv)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[128];
	} h = { .handle.handle_bytes = 128 };
	int mount_id;

	(void)argc, (void)argv;
	return answer(syscall(SYS_name_to_handle_at, AT_FDCWD, "/tmp", &h, &mount_id, 0));
}

static int handle_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	/* The directory is a good one, for 6.12 looks at it first. */
	return arrived(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0), EFAULT);
}

static int personality_read_exec(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_personality, READ_IMPLIES_EXEC));
}

static int ldt(int argc, char **argv)
{
	(void)argc, (void)argv;
#ifdef SYS_modify_ldt
	char entries[64];

	return answer(syscall(SYS_modify_ldt, 0, entries, sizeof(entries)));
#else
	return ENOSYS;
#endif
}

static int vmsplice_page(int argc, char **argv)
{
	static char page[64];
	struct iovec v = { page, sizeof(page) };
	int ends[2];

	(void)argc, (void)argv;
	if (pipe(ends) < 0)
		return errno;
	return answer(vmsplice(ends[1], &v, 1, 0));
}

static int kernel_log(int argc, char **argv)
{
	(void)argc, (void)argv;
	/* SYSLOG_ACTION_READ_ALL with a negative length */
	return arrived(syscall(SYS_syslog, 3, NULL, -1), EINVAL);
}

static int quota(int argc, char **argv)
{
	(void)argc, (void)argv;
	return arrived(syscall(SYS_quotactl, -1, NULL, 0, NULL), EINVAL);
}

static int swap_on(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(syscall(SYS_swapon, NULL, -1), EINVAL);
}

static int reboot_bad_magic(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(syscall(SYS_reboot, 0, 0, 0, NULL), EINVAL);
}

static int memory_policy(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_set_mempolicy, 0 /* MPOL_DEFAULT */, NULL, 0));
}

/* ---- mounts and namespaces ---- */

static int mount_tmpfs(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int umount_proc(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(umount2("/proc", MNT_DETACH));
}

static int remount_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(mount(NULL, "/proc", NULL,
		MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

static int pivot(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(syscall(SYS_pivot_root, NULL, NULL), EFAULT);
}

static int fs_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(fsopen("tmpfs", FSOPEN_CLOEXEC));
}

static int fs_config(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(fsconfig(-1, FSCONFIG_SET_FLAG, "ro", NULL, 0), EINVAL);
}

static int fs_mount(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(fsmount(-1, 0, 0), EBADF);
}

static int fs_pick(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(fspick(AT_FDCWD, "/proc", 0));
}

static int tree_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

static int mount_move(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(
		move_mount(-1, "", -1, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
		EBADF);
}

static int mount_attributes(int argc, char **argv)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_NOSUID };

	(void)argc, (void)argv;
	never_on_the_host();
	return arrived(mount_setattr(-1, "", AT_EMPTY_PATH, &attr, sizeof(attr)), EBADF);
}

static int change_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(chroot("/tmp"));
}

static int host_name(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(sethostname("x", 1));
}

static int unshare_user(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(unshare(CLONE_NEWUSER));
}

static int unshare_mount(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(unshare(CLONE_NEWNS));
}

static int unshare_time(int argc, char **argv)
{
	(void)argc, (void)argv;
	never_on_the_host();
	return answer(unshare(CLONE_NEWTIME));
}

static int join_uts(int argc, char **argv)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	(void)argc, (void)argv;
	never_on_the_host();
	return fd < 0 ? errno : answer(setns(fd, CLONE_NEWUTS));
}

static int child_of(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	return waitpid((pid_t)pid, NULL, 0) < 0 ? errno : 0;
}

static int clone_new_user(int argc, char **argv)
{
	(void)argc, (void)argv;
	return child_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int clone_three(int argc, char **argv)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	(void)argc, (void)argv;
	return child_of(syscall(SYS_clone3, &args, sizeof(args)));
}

static int clone_three_user(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	(void)argc, (void)argv;
	return child_of(syscall(SYS_clone3, &args, sizeof(args)));
}

/* ---- other processes ---- */

static int trace_me(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int trace(int argc, char **argv)
{
	pid_t pid = (pid_t)atol(argument(argc, argv, 0));

	return answer(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

static int memory_read(int argc, char **argv)
{
	char from[4] = "abc", to[4];
	struct iovec remote = { from, 4 }, local = { to, 4 };

	(void)argc, (void)argv;
	return answer(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
}

static int descriptor_steal(int argc, char **argv)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	(void)argc, (void)argv;
	return pidfd < 0 ? errno : answer(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static int compare(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_kcmp, getpid(), getpid(), 1 /* KCMP_VM */, 0, 0));
}

static int send_signal(int argc, char **argv)
{
	pid_t pid = (pid_t)atol(argument(argc, argv, 0));

	return answer(kill(pid, atoi(argument(argc, argv, 1))));
}

/* ---- terminals ---- */

/* On a descriptor that is not a terminal the kernel says ENOTTY, if the call reaches it. */
static int tty_ioctl(unsigned long request)
{
	char c = 'x';
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return arrived(syscall(SYS_ioctl, fd, request, &c), ENOTTY);
}

static int type_in(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCSTI);
}

/* A default access list, as setfacl(1) makes it: every file made below inherits a copy. */
static int access_list(int argc, char **argv)
{
	const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[4];
	} list = { 2, { { 0x01, 7, -1U }, { 0x04, 5, -1U }, { 0x10, 5, -1U }, { 0x20, 5, -1U } } };
	char path[] = "/tmp/acl.XXXXXX";

	(void)argc, (void)argv;
	mount("none", "/tmp", "tmpfs", 0, NULL); /* where it is none yet */
	if (mkdtemp(path) == NULL)
		return answer(-1);
	return answer(setxattr(path, "system.posix_acl_default", &list, sizeof(list), 0));
}

/* snap's CVE-2019-7303: the kernel looks at 32 bits of what a filter compared with 64. */
static int type_in_high(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCSTI + (1UL << 32));
}

static int console_paste(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCLINUX);
}

static int console_paste_high(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCLINUX + (1UL << 32));
}

static int line_discipline(int argc, char **argv)
{
	(void)argc, (void)argv;
	return tty_ioctl(TIOCSETD);
}

/* TIOCSTI on every descriptor that we were given. */
static int type_into_all(int argc, char **argv)
{
	char c = 'x';

	(void)argc, (void)argv;
	for (int fd = 0; fd < 3; fd++)
		if (ioctl(fd, TIOCSTI, &c) == 0)
			return 0;
	return errno;
}

/* ---- sockets ---- */

static int socket_open(int argc, char **argv)
{
	return answer(socket(atoi(argument(argc, argv, 0)), atoi(argument(argc, argv, 1)),
		argc > 2 ? atoi(argv[2]) : 0));
}

/* The families that open with any type. */
static int socket_families(int argc, char **argv)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM };

	(void)argc, (void)argv;
	for (int family = 0; family <= 45; family++)
		for (size_t i = 0; i < COUNT(types); i++) {
			int fd = socket(family, types[i] | SOCK_CLOEXEC, 0);

			if (fd < 0)
				continue;
			close(fd);
			printf("%d\n", family);
			break;
		}
	return PRINTED;
}

#ifdef __x86_64__
/* The i386 entry of the kernel, from a 64-bit program: pointers must fit 32 bits. */
static int entry_i386(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return (int)result;
}
#endif

static int i386_getpid(int argc, char **argv)
{
	(void)argc, (void)argv;
#ifdef __x86_64__
	return answer(entry_i386(20, 0, 0, 0));
#else
	return ENOSYS;
#endif
}

static int i386_socketcall(int argc, char **argv)
{
#ifdef __x86_64__
	uint32_t *args = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (args == MAP_FAILED)
		return errno;
	args[0] = (uint32_t)atoi(argument(argc, argv, 0));
	args[1] = (uint32_t)atoi(argument(argc, argv, 1));
	args[2] = 0;
	return answer(entry_i386(102, 1 /* SYS_SOCKET */, (long)(intptr_t)args, 0));
#else
	(void)argc, (void)argv;
	return ENOSYS;
#endif
}

static int i386_socket(int argc, char **argv)
{
	int family = atoi(argument(argc, argv, 0)), type = atoi(argument(argc, argv, 1));

#ifdef __x86_64__
	return answer(entry_i386(359, family, type, 0));
#else
	(void)family, (void)type;
	return ENOSYS;
#endif
}

static int i386_mount(int argc, char **argv)
{
	(void)argc, (void)argv;
#ifdef __x86_64__
	return arrived(entry_i386(21, 0, 0, 0), EFAULT);
#else
	return ENOSYS;
#endif
}

static int x32_getpid(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(0x40000000L + 39));
}

/* A number of a system call with arguments that nothing accepts. */
static int number(int argc, char **argv)
{
	return answer(syscall(atol(argument(argc, argv, 0)), -1L, -1L, -1L, -1L, -1L, -1L));
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

	return fd < 0 ? errno : answer(connect(fd, (struct sockaddr *)&address, (socklen_t)length));
}

static int connect_path(int argc, char **argv)
{
	return unix_connect(argument(argc, argv, 0), false);
}

static int connect_abstract(int argc, char **argv)
{
	return unix_connect(argument(argc, argv, 0), true);
}

/* Hold what another process may look for: print OK, then wait for the end of stdin. */
static int hold(void)
{
	char c;

	puts("OK");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return PRINTED;
}

static int listen_abstract(int argc, char **argv)
{
	struct sockaddr_un address;
	int length = unix_address(argument(argc, argv, 0), true, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)length) < 0 ||
		listen(fd, 5) < 0)
		return errno;
	return hold();
}

static int connect_tcp(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(argument(argc, argv, 0), argument(argc, argv, 1), &hints, &found) != 0)
		return EINVAL;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? errno : answer(connect(fd, found->ai_addr, found->ai_addrlen));
}

static int resolve(int argc, char **argv)
{
	struct addrinfo *found;
	int error = getaddrinfo(argument(argc, argv, 0), NULL, NULL, &found);

	if (error == 0)
		return 0;
	puts(gai_strerror(error));
	return PRINTED;
}

/* ---- files ---- */

static int file_read(int argc, char **argv)
{
	char c;
	int fd = open(argument(argc, argv, 0), O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno;
	/* A cover is the null device: it opens, and has nothing. */
	ssize_t n = read(fd, &c, 1);

	return n < 0 ? errno : n == 0 ? ENODATA : 0;
}

static int file_write(int argc, char **argv)
{
	int fd = open(argument(argc, argv, 0), O_WRONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? errno : 0;
}

static int file_make(int argc, char **argv)
{
	return answer(open(argument(argc, argv, 0), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int directory_make(int argc, char **argv)
{
	return answer(mkdir(argument(argc, argv, 0), 0700));
}

static int file_stat(int argc, char **argv)
{
	struct stat st;

	return answer(lstat(argument(argc, argv, 0), &st));
}

static int file_run(int argc, char **argv)
{
	char *words[] = { (char *)argument(argc, argv, 0), NULL }, *none[] = { NULL };

	return answer(execve(words[0], words, none));
}

/* mknod PATH TYPE MAJOR MINOR */
static int node_make(int argc, char **argv)
{
	mode_t type = argument(argc, argv, 1)[0] == 'b' ? S_IFBLK : S_IFCHR;
	unsigned major = (unsigned)atoi(argument(argc, argv, 2));
	unsigned minor = (unsigned)atoi(argument(argc, argv, 3));

	return answer(mknod(argument(argc, argv, 0), type | 0666, makedev(major, minor)));
}

/* A set-id bit, and is it still there? */
static int set_id(int argc, char **argv)
{
	const char *path = argument(argc, argv, 0);
	struct stat st;

	if (chmod(path, 06755) < 0 || stat(path, &st) < 0)
		return errno;
	printf("%o\n", st.st_mode & 07777);
	return PRINTED;
}

static int lock(int argc, char **argv)
{
	int fd = open(argument(argc, argv, 0), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return answer(flock(fd, LOCK_EX | LOCK_NB));
}

static int lock_hold(int argc, char **argv)
{
	int fd = open(argument(argc, argv, 0), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno;
	return hold();
}

/* ---- System V and POSIX IPC ---- */

static int shm_make(int argc, char **argv)
{
	key_t key = (key_t)atol(argument(argc, argv, 0));

	return answer(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0666));
}

static int shm_find(int argc, char **argv)
{
	return answer(shmget((key_t)atol(argument(argc, argv, 0)), 0, 0));
}

static int shm_remove(int argc, char **argv)
{
	int id = shmget((key_t)atol(argument(argc, argv, 0)), 0, 0);

	return id < 0 ? errno : answer(shmctl(id, IPC_RMID, NULL));
}

static int shm_hold(int argc, char **argv)
{
	int error = shm_make(argc, argv);

	return error != 0 ? error : hold();
}

static int queue_make(int argc, char **argv)
{
	return answer(mq_open(argument(argc, argv, 0), O_RDWR | O_CREAT | O_EXCL, 0666, NULL));
}

static int queue_find(int argc, char **argv)
{
	return answer(mq_open(argument(argc, argv, 0), O_RDONLY));
}

static int queue_remove(int argc, char **argv)
{
	return answer(mq_unlink(argument(argc, argv, 0)));
}

/* ---- what a process can read of itself ---- */

static int securebits(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("%#x\n", (unsigned)prctl(PR_GET_SECUREBITS));
	return PRINTED;
}

/* Ask for every securebit back; 0 would be "nothing locked". */
static int securebits_clear(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(prctl(PR_SET_SECUREBITS, 0));
}

static int ambient_raise(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0 /* CAP_CHOWN */, 0, 0));
}

static int become_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(setuid(0));
}

static int groups_set(int argc, char **argv)
{
	(void)argc, (void)argv;
	return answer(syscall(SYS_setgroups, 0, NULL));
}

static int limit_raise(int argc, char **argv)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	(void)argc, (void)argv;
	return answer(setrlimit(RLIMIT_CORE, &r));
}

static int files_raise(int argc, char **argv)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	(void)argc, (void)argv;
	return answer(setrlimit(RLIMIT_NOFILE, &r));
}

/* Set the times of PATH to now, for which write permission is enough (utimensat(2)). */
static int file_touch(int argc, char **argv)
{
	return answer(utimensat(AT_FDCWD, argument(argc, argv, 0), NULL, 0));
}

/* The same through a descriptor that may write. */
static int descriptor_touch(int argc, char **argv)
{
	int fd = open(argument(argc, argv, 0), O_WRONLY | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? errno : answer(futimens(fd, NULL));
}

/* The descriptors that exec left, one a line. */
static int descriptors(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (int fd = 0; fd < 65536; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d\n", fd);
	return PRINTED;
}

/* Open what descriptor N is anew, for reading ("r") or writing ("w"); print what it holds. */
static int descriptor_reopen(int argc, char **argv)
{
	char path[32], text[256];
	bool write_it = argument(argc, argv, 1)[0] == 'w';
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%s", argument(argc, argv, 0));
	fd = open(path, (write_it ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno;
	if (write_it)
		return answer(write(fd, "OVERWRITTEN\n", 12));
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return errno;
	fwrite(text, 1, (size_t)n, stderr);
	return 0;
}

/* Truncate, seek and rewrite what a descriptor leads to. */
static int descriptor_truncate(int argc, char **argv)
{
	return answer(ftruncate(atoi(argument(argc, argv, 0)), 0));
}

static int truncate_path(int argc, char **argv)
{
	return answer(truncate(argument(argc, argv, 0), 0));
}

static const struct probe probes[] = {
	{ "keyctl", keyctl_describe },
	{ "add-key", key_add },
	{ "request-key", key_request },
	{ "io-uring", io_uring },
	{ "bpf", bpf },
	{ "perf", perf },
	{ "userfaultfd", userfaultfd_open },
	{ "fanotify", fanotify },
	{ "name-to-handle", handle_name },
	{ "open-by-handle", handle_open },
	{ "personality", personality_read_exec },
	{ "modify-ldt", ldt },
	{ "vmsplice", vmsplice_page },
	{ "syslog", kernel_log },
	{ "quotactl", quota },
	{ "swapon", swap_on },
	{ "reboot", reboot_bad_magic },
	{ "set-mempolicy", memory_policy },
	{ "mount", mount_tmpfs },
	{ "umount", umount_proc },
	{ "remount", remount_root },
	{ "pivot-root", pivot },
	{ "fsopen", fs_open },
	{ "fsconfig", fs_config },
	{ "fsmount", fs_mount },
	{ "fspick", fs_pick },
	{ "open-tree", tree_open },
	{ "move-mount", mount_move },
	{ "mount-setattr", mount_attributes },
	{ "chroot", change_root },
	{ "sethostname", host_name },
	{ "unshare-user", unshare_user },
	{ "unshare-mount", unshare_mount },
	{ "unshare-time", unshare_time },
	{ "setns", join_uts },
	{ "clone-user", clone_new_user },
	{ "clone3", clone_three },
	{ "clone3-user", clone_three_user },
	{ "trace-me", trace_me },
	{ "trace", trace },
	{ "process-vm-readv", memory_read },
	{ "pidfd-getfd", descriptor_steal },
	{ "kcmp", compare },
	{ "kill", send_signal },
	{ "access-list", access_list },
	{ "tiocsti", type_in },
	{ "tiocsti-high", type_in_high },
	{ "tioclinux", console_paste },
	{ "tioclinux-high", console_paste_high },
	{ "tiocsetd", line_discipline },
	{ "tiocsti-stdio", type_into_all },
	{ "socket", socket_open },
	{ "socket-families", socket_families },
	{ "i386-getpid", i386_getpid },
	{ "i386-socket", i386_socket },
	{ "i386-socketcall", i386_socketcall },
	{ "i386-mount", i386_mount },
	{ "x32-getpid", x32_getpid },
	{ "number", number },
	{ "connect-path", connect_path },
	{ "connect-abstract", connect_abstract },
	{ "listen-abstract", listen_abstract },
	{ "connect-tcp", connect_tcp },
	{ "resolve", resolve },
	{ "read", file_read },
	{ "write", file_write },
	{ "make", file_make },
	{ "mkdir", directory_make },
	{ "stat", file_stat },
	{ "exec", file_run },
	{ "mknod", node_make },
	{ "set-id", set_id },
	{ "lock", lock },
	{ "lock-hold", lock_hold },
	{ "shm-make", shm_make },
	{ "shm-find", shm_find },
	{ "shm-remove", shm_remove },
	{ "shm-hold", shm_hold },
	{ "queue-make", queue_make },
	{ "queue-find", queue_find },
	{ "queue-remove", queue_remove },
	{ "securebits", securebits },
	{ "securebits-clear", securebits_clear },
	{ "ambient-raise", ambient_raise },
	{ "become-root", become_root },
	{ "setgroups", groups_set },
	{ "raise-core", limit_raise },
	{ "raise-files", files_raise },
	{ "touch", file_touch },
	{ "touch-opened", descriptor_touch },
	{ "descriptors", descriptors },
	{ "reopen", descriptor_reopen },
	{ "ftruncate", descriptor_truncate },
	{ "truncate", truncate_path },
};

static const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; i < COUNT(probes); i++)
		if (strcmp(probes[i].name, name) == 0)
			return &probes[i];
	for (size_t i = 0; i < resource_probes_n; i++)
		if (strcmp(resource_probes[i].name, name) == 0)
			return &resource_probes[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct probe *probe = argc > 1 ? probe_find(argv[1]) : NULL;
	int error;

	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < COUNT(probes); i++)
			puts(probes[i].name);
		for (size_t i = 0; i < resource_probes_n; i++)
			puts(resource_probes[i].name);
		return 0;
	}
	if (probe == NULL) {
		fprintf(stderr, "probe: no such name (probe --list)\n");
		return 2;
	}
	error = probe->run(argc - 2, argv + 2);
	if (error != PRINTED)
		puts(error == 0 ? "OK" : strerrorname_np(error));
	return 0;
}
