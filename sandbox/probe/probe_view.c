/* Each is told what the host has, and answers OK if it finds that very thing here. */
#include "sandbox/probe/probe_view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TAKEN_AT_MOST 4096

/* namespace-same KIND NUMBER: the namespace of that number? */
static int namespace_same(int argc, char **argv)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", probe_argument(argc, argv, 0));
	if (stat(path, &st) < 0)
		return errno;
	return st.st_ino == strtoull(probe_argument(argc, argv, 1), NULL, 10) ? 0 : ENOENT;
}

/* process-same PID START: is there a process that started at that time (proc_pid_stat(5))? */
static int process_same(int argc, char **argv)
{
	unsigned long long start = 0;
	char path[64], text[1024];
	const char *at;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%s/stat", probe_argument(argc, argv, 0));
	file = fopen(path, "re");
	if (file == NULL)
		return errno;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	at = strrchr(text, ')'); /* the name may hold anything */
	for (int field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at != NULL)
		start = strtoull(at + 1, NULL, 10);
	return start == strtoull(probe_argument(argc, argv, 1), NULL, 10) ? 0 : ENOENT;
}

static int name_same(int argc, char **argv)
{
	struct utsname name;

	if (uname(&name) < 0)
		return errno;
	return strcmp(name.nodename, probe_argument(argc, argv, 0)) == 0 ? 0 : ENOENT;
}

static int boot_same(int argc, char **argv)
{
	const char *want = probe_argument(argc, argv, 0);
	char text[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return errno;
	return strncmp(text, want, strlen(want)) == 0 ? 0 : ENOENT;
}

static int variable(int argc, char **argv)
{
	return getenv(probe_argument(argc, argv, 0)) != NULL ? 0 : ENOENT;
}

static int descriptor(int argc, char **argv)
{
	return probe_answer(fcntl(atoi(probe_argument(argc, argv, 0)), F_GETFD));
}

/* Does exec still give new privileges? */
static int privileges_new(int argc, char **argv)
{
	(void)argc, (void)argv;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? 0 : EPERM;
}

/* capability ALLOWED: is one in effect or permitted, other than these (hexadecimal)? */
static int capability(int argc, char **argv)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint64_t allowed = strtoull(probe_argument(argc, argv, 0), NULL, 16), has;

	if (syscall(SYS_capget, &head, data) < 0)
		return errno;
	has = data[0].effective | data[0].permitted |
	      (uint64_t)(data[1].effective | data[1].permitted) << 32;
	return (has & ~allowed) != 0 ? 0 : EPERM;
}

/* bounded ALLOWED: is one in the bounding set, other than these? */
static int bounded(int argc, char **argv)
{
	uint64_t allowed = strtoull(probe_argument(argc, argv, 0), NULL, 16);

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((allowed >> cap & 1) == 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			return 0;
	return EPERM;
}

/* Is there a way to another host? By TCP: a datagram may be sent to any address, and stays inside
 * (namespaces/loopback.h). Outside one packet goes to nobody. */
static int route(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)argc, (void)argv;
	address.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, RFC 5737: nobody's */
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS)
		return errno;
	return 0;
}

/* room DIRECTORY BYTES: reserve so much in a file without a name. */
static int room(int argc, char **argv)
{
	const char *directory = probe_argument(argc, argv, 0);
	long long bytes = atoll(probe_argument(argc, argv, 1));
	int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	return fd < 0 ? errno : probe_answer(fallocate(fd, 0, 0, bytes));
}

/* processes N: so many at once; says which number was refused. */
static int processes(int argc, char **argv)
{
	int most = atoi(probe_argument(argc, argv, 0)), n = 0, error = 0;
	pid_t pids[TAKEN_AT_MOST];

	for (; n < most && n < TAKEN_AT_MOST && error == 0; n += error == 0) {
		pids[n] = fork();
		if (pids[n] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			alarm(10);
			pause();
			_exit(0);
		}
		error = pids[n] < 0 ? errno : 0;
	}
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return error;
}

/* stay SECONDS, and end when nobody has ended it. */
static int stay(int argc, char **argv)
{
	unsigned left = (unsigned)atoi(probe_argument(argc, argv, 0));

	while (left > 0)
		left = sleep(left);
	return 0;
}

/* write-much BYTES to stdout. */
static int write_much(int argc, char **argv)
{
	long long left = atoll(probe_argument(argc, argv, 0));
	static char block[4096];

	signal(SIGPIPE, SIG_IGN);
	memset(block, 'x', sizeof(block));
	for (ssize_t n; left > 0; left -= n) {
		n = write(1, block, sizeof(block));
		if (n <= 0)
			return errno;
	}
	return 0;
}

/* Raise the limit of core files, and look: a filter may say yes and do nothing. */
static int core_allowed(int argc, char **argv)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	(void)argc, (void)argv;
	if (setrlimit(RLIMIT_CORE, &r) < 0 || getrlimit(RLIMIT_CORE, &r) < 0)
		return errno;
	return r.rlim_cur > 1 ? 0 : EPERM;
}

const struct probe probes_view[] = {
	{ "namespace-same", namespace_same },
	{ "process-same", process_same },
	{ "name-same", name_same },
	{ "boot-same", boot_same },
	{ "variable", variable },
	{ "descriptor", descriptor },
	{ "privileges-new", privileges_new },
	{ "capability", capability },
	{ "bounded", bounded },
	{ "route", route },
	{ "core-allowed", core_allowed },
	{ "room", room },
	{ "processes", processes },
	{ "stay", stay },
	{ "write-much", write_much },
	{ NULL, NULL },
};
