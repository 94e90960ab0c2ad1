/* tests/policy/simulate.c: the built-in filters against rows of text. Prints TAP.
 *
 *   simulate FILE…
 *
 * Three kinds of line, and comments after '#':
 *
 *   ROLE[,ROLE…] ARCH CALLS [argN=VALUE…] -> ANSWER
 *       CALLS is a name, a number or FIRST-LAST; ARCH is "native", which is what the
 *       filters are for, or a name of archs[];
 *       the ROLE "all" is every role, "builders" every role of a builder; VALUE is a
 *       sum of numbers and names of constants; ANSWER is ALLOW or the name of an errno.
 *
 *   table ARCH FIRST-LAST ROLE=ANSWER…
 *   NUMBER NAME ANSWER…
 *       The table opens the columns and gives each the answer of the numbers that have
 *       no line. All arguments are 0. "-" stands for the column's default.
 */
#include "sandbox/base/own.h"
#include "seccomp/filter.h"
#include "tests/lib/bpf_sim.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { NUMBERS = 1024, COLUMNS = FILTER_COUNT, X32_BIT = 0x40000000 };

struct table {
	char arch[16];
	size_t columns;
	int first, last; /* last < 0: no table is open */
	enum filter_role roles[COLUMNS];
	char defaults[COLUMNS][24];
	char answers[COLUMNS][NUMBERS][24];
	const char *file;
};

static unsigned points, failures;

__attribute__((format(printf, 4, 5))) static void point(
	bool ok, const char *file, unsigned line, const char *fmt, ...)
{
	va_list args;

	printf("%sok %u - %s:%u ", ok ? "" : "not ", ++points, file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	failures += !ok;
}

static const char *answer_name(uint32_t answer)
{
	uint32_t data = answer & SECCOMP_RET_DATA;

	if (answer == SECCOMP_RET_ALLOW)
		return "ALLOW";
	if ((answer & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return "an action that no row has";
	return data == 0 ? "DONE" : strerrorname_np((int)data);
}

static uint64_t constant(const char *file, unsigned line, const char *name)
{
#define NAMED(constant_)                                                                           \
	{                                                                                          \
#constant_, (uint32_t)(constant_)                                                  \
	}
	static const struct {
		const char *name;
		uint64_t value;
	} constants[] = { NAMED(AF_UNIX), NAMED(AF_INET), NAMED(AF_INET6), NAMED(AF_NETLINK),
		NAMED(AF_PACKET), NAMED(AF_ALG), NAMED(AF_VSOCK), NAMED(SOCK_STREAM),
		NAMED(SOCK_DGRAM), NAMED(SOCK_RAW), NAMED(SOCK_SEQPACKET), NAMED(SOCK_RDM),
		NAMED(SOCK_DCCP), NAMED(SOCK_PACKET), NAMED(SOCK_CLOEXEC), NAMED(SOCK_NONBLOCK),
		NAMED(IPPROTO_TCP), NAMED(IPPROTO_UDP), NAMED(IPPROTO_ICMP), NAMED(IPPROTO_ICMPV6),
		NAMED(IPPROTO_SCTP), NAMED(IPPROTO_DCCP), NAMED(IPPROTO_UDPLITE),
		NAMED(IPPROTO_MPTCP), NAMED(CLONE_NEWNS), NAMED(CLONE_NEWCGROUP),
		NAMED(CLONE_NEWUTS), NAMED(CLONE_NEWIPC), NAMED(CLONE_NEWUSER), NAMED(CLONE_NEWPID),
		NAMED(CLONE_NEWNET), NAMED(CLONE_NEWTIME), NAMED(CLONE_VM), NAMED(CLONE_VFORK),
		NAMED(CLONE_FILES), NAMED(CLONE_FS), NAMED(CLONE_SIGHAND), NAMED(CLONE_THREAD),
		NAMED(CLONE_SYSVSEM), NAMED(CLONE_SETTLS), NAMED(TIOCSTI), NAMED(TIOCLINUX),
		NAMED(TIOCCONS), NAMED(TIOCSETD), NAMED(TIOCSPGRP), NAMED(TIOCGPGRP),
		NAMED(TIOCSWINSZ), NAMED(TCGETS), NAMED(FIONREAD), NAMED(S_IFREG), NAMED(S_IFIFO),
		NAMED(S_IFSOCK), NAMED(S_IFCHR), NAMED(S_IFBLK), NAMED(S_IFDIR), NAMED(PR_SET_MM),
		NAMED(PR_SET_NAME), NAMED(PR_GET_SECCOMP), NAMED(PR_SET_SECCOMP),
		NAMED(PR_SET_NO_NEW_PRIVS), NAMED(PROT_READ), NAMED(PROT_WRITE), NAMED(PROT_EXEC),
		NAMED(MSG_OOB), NAMED(MSG_DONTWAIT), NAMED(SOL_SOCKET), NAMED(SO_ATTACH_FILTER),
		NAMED(SO_DETACH_FILTER), NAMED(SO_ATTACH_BPF), NAMED(SO_ATTACH_REUSEPORT_CBPF),
		NAMED(SO_ATTACH_REUSEPORT_EBPF), NAMED(SO_BUSY_POLL), NAMED(SO_RCVBUF),
		NAMED(IPPROTO_IPV6), NAMED(MAP_HUGETLB), NAMED(MAP_ANONYMOUS), NAMED(MFD_HUGETLB),
		NAMED(MADV_MERGEABLE), NAMED(MADV_UNMERGEABLE), NAMED(SHM_HUGETLB), NAMED(F_NOTIFY),
		NAMED(F_SETLEASE), NAMED(F_SETPIPE_SZ), NAMED(O_EXCL), NAMED(O_CLOEXEC),
		NAMED(RLIMIT_CORE), NAMED(RLIMIT_NOFILE) };
#undef NAMED
	char *end;
	uint64_t number = strtoull(name, &end, 0);

	if (end != name && *end == '\0')
		return number;
	for (size_t i = 0; i < ARRAY_LEN(constants); i++)
		if (strcmp(constants[i].name, name) == 0)
			return constants[i].value;
	errx(1, "%s:%u: %s: not a number, nor a constant that is known here", file, line, name);
}

static uint64_t sum(const char *file, unsigned line, char *text)
{
	uint64_t value = 0;
	char *rest = NULL;

	for (char *term = strtok_r(text, "+", &rest); term != NULL;
		term = strtok_r(NULL, "+", &rest))
		value += constant(file, line, term);
	return value;
}

static uint32_t arch_token(const char *file, unsigned line, const char *arch)
{
	static const struct {
		const char *name;
		uint32_t token;
	} archs[] = { { "x86_64", AUDIT_ARCH_X86_64 }, { "x32", AUDIT_ARCH_X86_64 },
		{ "i386", AUDIT_ARCH_I386 }, { "aarch64", AUDIT_ARCH_AARCH64 },
		{ "arm", AUDIT_ARCH_ARM } };

	if (strcmp(arch, "native") == 0)
		return seccomp_arch_native();
	for (size_t i = 0; i < ARRAY_LEN(archs); i++)
		if (strcmp(archs[i].name, arch) == 0)
			return archs[i].token;
	errx(1, "%s:%u: %s: not an architecture that is known here", file, line, arch);
}

static bool role_matches(enum filter_role role, const char *name)
{
	return strcmp(name, "all") == 0 || strcmp(name, filter_role_name(role)) == 0 ||
	       (strcmp(name, "builders") == 0 && role <= FILTER_BUILDER_32BIT_USERNS);
}

static void call_range(
	const char *file, unsigned line, const char *arch, const char *text, int *first, int *last)
{
	int used = 0;

	if (sscanf(text, "%i-%i%n", first, last, &used) == 2 && text[used] == '\0')
		return;
	if (sscanf(text, "%i%n", first, &used) != 1 || text[used] != '\0')
		*first = seccomp_syscall_resolve_name_arch(arch_token(file, line, arch), text);
	/* libseccomp answers the multiplexed numbers for the socket calls of i386. */
	if (*first < 0 && strcmp(arch, "i386") == 0)
		errx(1, "%s:%u: %s: write the number", file, line, text);
	if (*first < 0)
		errx(1, "%s:%u: %s: no such call", file, line, text);
	*last = *first;
}

/* One number of one role; prints nothing when the answer is the expected one. */
static bool one_answer(enum filter_role role, const struct seccomp_data *data, const char *expected,
	char *ret_got, size_t size)
{
	const struct filter filter = filter_builtin(role);
	const char *got = answer_name(bpf_sim_run(&filter, data));

	if (strcmp(got, expected) == 0)
		return true;
	snprintf(ret_got, size, "%s: number %d expected %s, got %s", filter_role_name(role),
		data->nr, expected, got);
	return false;
}

static void run_row(const char *file, unsigned line, char *text)
{
	char shown[256], got[128] = "", roles[128], arch[16], calls[64], answer[24] = "";
	struct seccomp_data data = { 0 };
	int first, last, offset = 0;
	unsigned tried = 0;
	bool ok = true;
	char *rest;

	snprintf(shown, sizeof(shown), "%s", text);
	if (sscanf(text, "%127s %15s %63s %n", roles, arch, calls, &offset) != 3 || offset == 0)
		errx(1, "%s:%u: not a row", file, line);
	data.arch = arch_token(file, line, arch);
	call_range(file, line, arch, calls, &first, &last);
	for (char *word = strtok_r(text + offset, " \t", &rest); word != NULL;
		word = strtok_r(NULL, " \t", &rest)) {
		if (strncmp(word, "arg", 3) == 0 && word[3] >= '0' && word[3] <= '5' &&
			word[4] == '=')
			data.args[word[3] - '0'] = sum(file, line, word + 5);
		else if (strcmp(word, "->") != 0)
			snprintf(answer, sizeof(answer), "%s", word);
	}
	for (char *name = strtok_r(roles, ",", &rest); name != NULL;
		name = strtok_r(NULL, ",", &rest))
		for (enum filter_role role = 0; role < FILTER_COUNT; role++)
			for (int n = first; role_matches(role, name) && n <= last; n++, tried++) {
				data.nr = strcmp(arch, "x32") == 0 ? n | X32_BIT : n;
				ok = ok && one_answer(role, &data, answer, got, sizeof(got));
			}
	point(ok && tried > 0, file, line, "%s%s%s", shown, ok ? "" : " # ", got);
}

static void table_close(struct table *t)
{
	for (size_t c = 0; c < t->columns && t->last >= 0; c++) {
		struct seccomp_data data = { .arch = arch_token(t->file, 0, t->arch) };
		char got[128] = "", shown[128] = "";
		unsigned wrong = 0;

		for (data.nr = t->first; data.nr <= t->last; data.nr++) {
			const char *expected = t->answers[c][data.nr];

			if (*expected == '\0')
				expected = t->defaults[c];
			if (one_answer(t->roles[c], &data, expected, got, sizeof(got)))
				continue;
			wrong++;
			printf("# %s\n", got);
			snprintf(shown, sizeof(shown), " # %u numbers differ", wrong);
		}
		point(wrong == 0, t->file, 0, "table %s %d-%d %s%s", t->arch, t->first, t->last,
			filter_role_name(t->roles[c]), shown);
	}
	t->last = -1;
	t->columns = 0;
}

static void table_open(struct table *t, const char *file, unsigned line, char *text)
{
	int offset = 0;
	char *rest;

	table_close(t);
	memset(t, 0, sizeof(*t));
	t->file = file;
	if (sscanf(text, "table %15s %d-%d %n", t->arch, &t->first, &t->last, &offset) != 3 ||
		t->first < 0 || t->last >= NUMBERS)
		errx(1, "%s:%u: not a table", file, line);
	for (char *word = strtok_r(text + offset, " \t", &rest); word != NULL;
		word = strtok_r(NULL, " \t", &rest)) {
		char *equals = strchr(word, '=');
		enum filter_role role = 0;

		if (equals == NULL || t->columns == COLUMNS)
			errx(1, "%s:%u: %s: ROLE=ANSWER", file, line, word);
		*equals = '\0';
		while (role < FILTER_COUNT && strcmp(filter_role_name(role), word) != 0)
			role++;
		if (role == FILTER_COUNT)
			errx(1, "%s:%u: %s: no such role", file, line, word);
		t->roles[t->columns] = role;
		snprintf(t->defaults[t->columns++], sizeof(t->defaults[0]), "%s", equals + 1);
	}
}

/* The name is for the reader; where libseccomp knows the number, it has to agree. */
static void check_name(
	const struct table *t, const char *file, unsigned line, int number, const char *name)
{
	own_mem char *known =
		seccomp_syscall_resolve_num_arch(arch_token(file, line, t->arch), number);

	if (known != NULL && strcmp(known, name) != 0)
		errx(1, "%s:%u: %d is %s, not %s", file, line, number, known, name);
}

static void table_line(struct table *t, const char *file, unsigned line, char *text)
{
	char *rest, *number = strtok_r(text, " \t", &rest), *name = strtok_r(NULL, " \t", &rest);
	int n = atoi(number);

	if (t->last < 0 || name == NULL || n < t->first || n > t->last)
		errx(1, "%s:%u: not a line of the table", file, line);
	check_name(t, file, line, n, name);
	for (size_t c = 0; c < t->columns; c++) {
		const char *answer = strtok_r(NULL, " \t", &rest);

		if (answer == NULL || *t->answers[c][n] != '\0')
			errx(1, "%s:%u: too few columns, or the number was there", file, line);
		snprintf(t->answers[c][n], sizeof(t->answers[c][n]), "%s",
			strcmp(answer, "-") == 0 ? t->defaults[c] : answer);
	}
}

static void run_file(const char *path)
{
	own_file FILE *file = fopen(path, "re");
	static struct table table = { .last = -1 };
	own_mem char *text = NULL;
	size_t size = 0;

	if (file == NULL)
		err(1, "%s", path);
	for (unsigned line = 1; getline(&text, &size, file) >= 0; line++) {
		text[strcspn(text, "#\n")] = '\0';
		if (text[strspn(text, " \t")] == '\0')
			continue;
		if (strncmp(text, "table ", 6) == 0)
			table_open(&table, path, line, text);
		else if (*text >= '0' && *text <= '9')
			table_line(&table, path, line, text);
		else
			run_row(path, line, text);
	}
	table_close(&table);
}

int main(int argc, char **argv)
{
	for (enum filter_role role = 0; role < FILTER_COUNT; role++) {
		const struct filter filter = filter_builtin(role);
		const char *why = bpf_sim_check(&filter);

		point(why == NULL, "built-in", role, "%s: %u instructions%s%s",
			filter_role_name(role), filter.length, why != NULL ? " # " : "",
			why != NULL ? why : "");
	}
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	printf("1..%u\n", points);
	return failures != 0;
}
