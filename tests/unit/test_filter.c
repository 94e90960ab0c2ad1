/* The built-in filters: names, installation, and the kernel against the simulator. */
#include "seccomp/filter.h"

#include "sandbox/base/own.h"
#include "seccomp/filter_policy.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/emulated.h"

#include <linux/audit.h>
#include <linux/sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
/* after setjmp.h and stdarg.h */
#include <cmocka.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE AUDIT_ARCH_RISCV64
#endif

/* Calls that do no harm where the filter lets them through: the descriptor is none, the
 * pointer is none, or the flags mean nothing. */
static const struct probe {
	const char *what;
	long number;
	unsigned long arguments[6];
} probes[] = {
	{ "getppid", SYS_getppid, { 0 } },
	{ "read of no descriptor", SYS_read, { -1UL } },
	{ "openat of no name", SYS_openat, { -1UL } },
	{ "TCGETS", SYS_ioctl, { -1UL, TCGETS } },
	{ "TIOCSTI", SYS_ioctl, { -1UL, TIOCSTI } },
	{ "TIOCSTI + 2^32", SYS_ioctl, { -1UL, TIOCSTI + (1UL << 32) } },
	{ "TIOCLINUX with the upper half set", SYS_ioctl, { -1UL, 0xffffffff0000541cUL } },
	{ "socket AF_ALG", SYS_socket, { AF_ALG, SOCK_SEQPACKET } },
	{ "socket AF_PACKET + 2^32", SYS_socket, { AF_PACKET + (1UL << 32), SOCK_DGRAM } },
	{ "socket AF_INET raw", SYS_socket, { AF_INET, SOCK_RAW, 1 } },
	{ "socket AF_INET mptcp", SYS_socket, { AF_INET, SOCK_STREAM, 262 } },
	{ "socket AF_UNIX", SYS_socket, { AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC } },
	{ "socketpair AF_TIPC", SYS_socketpair, { 30, SOCK_SEQPACKET } },
	{ "unshare nothing", SYS_unshare, { 0 } },
	{ "unshare CLONE_FILES", SYS_unshare, { CLONE_FILES } },
	{ "unshare a user namespace", SYS_unshare, { CLONE_NEWUSER } },
	{ "clone into a user namespace, and into nonsense", SYS_clone,
		{ CLONE_NEWUSER | CLONE_FS | CLONE_SIGHAND } },
	{ "clone3", SYS_clone3, { 0, 0 } },
	{ "setns", SYS_setns, { -1UL } },
	{ "mount", SYS_mount, { 0 } },
	{ "fsopen", SYS_fsopen, { 0 } },
	{ "bpf", SYS_bpf, { -1UL } },
	{ "io_uring_setup", SYS_io_uring_setup, { 0 } },
	{ "keyctl", SYS_keyctl, { -1UL } },
	{ "ptrace", SYS_ptrace, { -1UL } },
	{ "personality READ_IMPLIES_EXEC", SYS_personality, { 0x400000 } },
	{ "personality query", SYS_personality, { 0xffffffff } },
	{ "prctl PR_SET_MM", SYS_prctl, { PR_SET_MM } },
	{ "a device node", SYS_mknodat, { -1UL, 0, S_IFCHR } },
	{ "a pipe without a name", SYS_mknodat, { -1UL, 0, S_IFIFO } },
	{ "executable memory of no size", SYS_mmap, { 0, 0, PROT_EXEC, MAP_PRIVATE, -1UL } },
	{ "sync", SYS_sync, { 0 } },
	{ "getpid through x32", 0x40000000L | SYS_getpid, { 0 } },
	{ "a number that no kernel has", 600, { 0 } },
};

enum { PROBES = ARRAY_LEN(probes), NO_ERROR = 0, LOST = 9999 };

/* Shared with the child, which reports each result by storing it: no call needed. */
struct results {
	int errnum[PROBES];
	struct failure failure;
	int installed, mode;
};

static void set_up_child(struct results *results, enum filter_role role)
{
	const struct filter filter = filter_builtin(role);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	results->installed = filter_install(&filter, &results->failure);
}

static _Noreturn void run_probes(struct results *results, enum filter_role role)
{
	set_up_child(results, role);
	for (size_t i = 0; i < PROBES; i++) {
		const unsigned long *a = probes[i].arguments;

		errno = 0;
		syscall(probes[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
		results->errnum[i] = errno;
	}
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

static struct results *share(void)
{
	struct results *results = mmap(
		NULL, sizeof(*results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(results, MAP_FAILED);
	for (size_t i = 0; i < PROBES; i++)
		results->errnum[i] = LOST;
	return results;
}

/* What the simulator says: a refusal has to be seen as exactly its errno; a permitted
 * call may fail for reasons of its own, but not be killed. */
static void compare(const struct probe *probe, enum filter_role role, int got)
{
	const struct filter filter = filter_builtin(role);
	struct seccomp_data data = { .nr = (int)probe->number, .arch = NATIVE };
	uint32_t answer;

	memcpy(data.args, probe->arguments, sizeof(data.args));
	answer = bpf_sim_run(&filter, &data);
	if (got == LOST)
		fail_msg("%s: %s: the child did not survive it", filter_role_name(role),
			probe->what);
	if (answer == SECCOMP_RET_ALLOW && got == ENOSYS)
		fail_msg("%s: %s: allowed, and the kernel says ENOSYS", filter_role_name(role),
			probe->what);
	if (answer != SECCOMP_RET_ALLOW && got != (int)(answer & SECCOMP_RET_DATA))
		fail_msg("%s: %s: simulated errno %d, got %d", filter_role_name(role), probe->what,
			(int)(answer & SECCOMP_RET_DATA), got);
}

static void test_kernel_agrees(void **state)
{
	(void)state;
	if (emulated())
		skip(); /* no kernel is asked */
	for (enum filter_role role = 0; role < FILTER_COUNT; role++) {
		struct results *results = share();
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			run_probes(results, role);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (results->installed < 0)
			fail_msg("%s: %s", filter_role_name(role), results->failure.what);
		for (size_t i = 0; i < PROBES; i++)
			compare(&probes[i], role, results->errnum[i]);
		assert_int_equal(status, 0);
		munmap(results, sizeof(*results));
	}
}

static void test_mode_is_read_back(void **state)
{
	struct results *results;
	pid_t pid;

	(void)state;
	if (emulated())
		skip(); /* no kernel is asked */
	results = share();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		set_up_child(results, FILTER_BUILDER);
		results->mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
		syscall(SYS_exit_group, 0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(results->installed, 0);
	assert_int_equal(results->mode, SECCOMP_MODE_FILTER);
	munmap(results, sizeof(*results));
}

static void test_kernel_refuses_what_the_simulator_refuses(void **state)
{
	static const struct sock_filter falls_off[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	static const struct sock_filter reads_past[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	static const struct sock_filter unaligned[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	static const struct sock_filter jumps_out[] = { BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	static const struct filter wrong[] = { { falls_off, 1 }, { reads_past, 2 },
		{ unaligned, 2 }, { jumps_out, 2 }, { falls_off, 0 } };

	(void)state;
	if (emulated())
		skip(); /* no kernel is asked */
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct failure f = { 0 };
		struct results *results = share();
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			results->installed = filter_install(&wrong[i], &results->failure);
			syscall(SYS_exit_group, 0);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		f = results->failure;
		assert_non_null(bpf_sim_check(&wrong[i]));
		assert_int_equal(results->installed, -1);
		assert_int_equal(f.errnum, EINVAL);
		assert_string_not_equal(f.remedy, "");
		munmap(results, sizeof(*results));
	}
}

#if defined(__x86_64__)
enum { I386_GETPID = 20, I386_SOCKETCALL = 102, I386_SOCKET = 359 };

/* The i386 entry, which a 64-bit program reaches as well. */
static int through_i386(int number, int first, int second)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(second), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* Never back where the kernel is without the entry (CONFIG_IA32_EMULATION, ia32_emulation=0):
 * SIGSEGV, which the sanitizer or cmocka would otherwise report as a fault of ours. */
static _Noreturn void use_i386_entry(struct results *results, const enum filter_role *role)
{
	const struct rlimit no_core = { 0, 0 };

	signal(SIGSEGV, SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	if (role != NULL)
		set_up_child(results, *role);
	results->errnum[0] = through_i386(I386_GETPID, 0, 0);
	results->errnum[1] = through_i386(I386_SOCKETCALL, 1, 0);
	results->errnum[2] = through_i386(I386_SOCKET, AF_ALG, SOCK_SEQPACKET);
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

/* In a child: its pid, and how it ended; role NULL is without a filter. */
static pid_t child_through_i386(
	struct results *results, const enum filter_role *role, int *ret_status)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		use_i386_entry(results, role);
	assert_int_equal(waitpid(pid, ret_status, 0), pid);
	return pid;
}

static void dies_at_i386(const enum filter_role *role)
{
	struct results *results = share();
	int status;

	child_through_i386(results, role, &status);
	assert_int_equal(results->installed, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_int_equal(results->errnum[0], LOST);
	munmap(results, sizeof(*results));
}

static void answers_at_i386(enum filter_role role)
{
	bool opens = role == FILTER_BUILDER_32BIT;
	struct results *results = share();
	int status;
	pid_t pid = child_through_i386(results, &role, &status);

	assert_int_equal(results->installed, 0);
	assert_int_equal(status, 0);
	assert_int_equal(results->errnum[0], opens ? pid : -ENOSYS);
	assert_int_equal(results->errnum[1], -ENOSYS);
	assert_int_equal(results->errnum[2], opens ? -EAFNOSUPPORT : -ENOSYS);
	munmap(results, sizeof(*results));
}

/* Which of both a kernel does is asked of it without a filter. Those in tests/vm answer:
 * walls-entries.bats fails there if they do not. */
static void test_i386_entry(void **state)
{
	static const enum filter_role roles[] = { FILTER_BUILDER, FILTER_BUILDER_32BIT };
	struct results *bare = share();
	int status;
	bool is_there;

	(void)state;
	is_there = child_through_i386(bare, NULL, &status) == bare->errnum[0];
	munmap(bare, sizeof(*bare));
	if (!is_there)
		dies_at_i386(NULL);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		if (is_there)
			answers_at_i386(roles[i]);
		else
			dies_at_i386(&roles[i]);
	}
}
#else
static void test_i386_entry(void **state)
{
	(void)state;
	skip(); /* x86 alone has it */
}
#endif

static void test_roles_have_names_of_their_own(void **state)
{
	(void)state;
	for (enum filter_role a = 0; a < FILTER_COUNT; a++)
		for (enum filter_role b = 0; b < a; b++)
			assert_string_not_equal(filter_role_name(a), filter_role_name(b));
}

static void test_every_row_says_why(void **state)
{
	(void)state;
	for (enum filter_role role = 0; role < FILTER_COUNT; role++) {
		const struct policy_row *row;
		const char *reason = NULL;
		size_t rows = 0;

		for (size_t i = 0; (row = policy_row(role, POLICY_NATIVE, i)) != NULL;
			i++, rows++) {
			const char *calls = row->calls;
			char name[64];

			assert_true(strlen(row->reason) > 2);
			assert_non_null(policy_answer(row));
			assert_true((row->when != NULL) == (row->conditions[0].mask != 0));
			while (policy_next_call(&calls, name, sizeof(name)))
				assert_int_equal(
					strspn(name, "_abcdefghijklmnopqrstuvwxyz0123456789"),
					strlen(name));
			assert_int_equal(*calls, '\0');
		}
		assert_true(rows > 5);
		assert_true(policy_default(role, &reason) > 0);
		assert_non_null(reason);
	}
	assert_null(policy_row(FILTER_BUILDER, POLICY_COMPAT, 0));
	assert_non_null(policy_row(FILTER_BUILDER_32BIT, POLICY_COMPAT, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_agrees),
		cmocka_unit_test(test_mode_is_read_back),
		cmocka_unit_test(test_kernel_refuses_what_the_simulator_refuses),
		cmocka_unit_test(test_i386_entry),
		cmocka_unit_test(test_roles_have_names_of_their_own),
		cmocka_unit_test(test_every_row_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
