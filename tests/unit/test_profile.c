/* A user's profile in the OCI/Docker format: what it becomes, and what is refused. */
#include "seccomp/profile.h"

#include "sandbox/base/own.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/emulated.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
/* after setjmp.h and stdarg.h */
#include <cmocka.h>

#if defined(__x86_64__)
#define NATIVE    AUDIT_ARCH_X86_64
#define GO_ARCH   "amd64"
#define SCMP_ARCH "SCMP_ARCH_X86_64"
#elif defined(__aarch64__)
#define NATIVE    AUDIT_ARCH_AARCH64
#define GO_ARCH   "arm64"
#define SCMP_ARCH "SCMP_ARCH_AARCH64"
#else
#define NATIVE    AUDIT_ARCH_RISCV64
#define GO_ARCH   "riscv64"
#define SCMP_ARCH "SCMP_ARCH_RISCV64"
#endif

/* The structure of Docker's published default, in a few rules of our own. */
static const char sample[] =
	"{\n"
	"  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
	"  \"defaultErrnoRet\": 1,\n"
	"  \"archMap\": [\n"
	"    {\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X86\"]},\n"
	"    {\"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": null},\n"
	"    {\"architecture\": \"SCMP_ARCH_FUTURE9\", \"subArchitectures\": [\"SCMP_ARCH_FUTURE8\"]}\n"
	"  ],\n"
	"  \"syscalls\": [\n"
	"    {\"names\": [\"read\", \"write\", \"stat64\", \"execve\", \"mseal\"],\n"
	"     \"action\": \"SCMP_ACT_ALLOW\"},\n"
	"    {\"names\": [\"personality\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"args\": [{\"index\": 0, \"value\": 4294967295, \"op\": \"SCMP_CMP_EQ\"}]},\n"
	"    {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"args\": [{\"index\": 0, \"value\": 2114060288, \"valueTwo\": 0,\n"
	"               \"op\": \"SCMP_CMP_MASKED_EQ\"}],\n"
	"     \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"], \"arches\": [\"s390\"]}},\n"
	"    {\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}},\n"
	"    {\"names\": [\"clone3\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38,\n"
	"     \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}},\n"
	"    {\"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"includes\": {\"minKernel\": \"4.8\"}},\n"
	"    {\"names\": [\"kcmp\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"includes\": {\"minKernel\": \"999.0\"}},\n"
	"    {\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"includes\": {\"arches\": [\"" GO_ARCH "\"]}},\n"
	"    {\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"     \"includes\": {\"arches\": [\"mips\"]}},\n"
	"    {\"name\": \"reboot\", \"action\": \"SCMP_ACT_KILL_PROCESS\", \"comment\": \"old form\"},\n"
	"    {\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [\n"
	"      {\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"},\n"
	"      {\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]}\n"
	"  ]\n"
	"}\n";

static struct filter compiled(const char *text)
{
	struct filter filter = { 0 };
	struct failure f = { 0 };

	if (profile_compile("profile.json", text, strlen(text), &filter, &f) < 0)
		fail_msg("%s: %s", f.what, text);
	assert_null(bpf_sim_check(&filter));
	return filter;
}

static uint32_t answer(const struct filter *filter, uint32_t arch, int number, uint64_t first)
{
	const struct seccomp_data data = { .nr = number, .arch = arch, .args = { first } };

	return bpf_sim_run(filter, &data);
}

#define REFUSED(errnum_) (SECCOMP_RET_ERRNO | (uint32_t)(errnum_))

static void test_docker_structure(void **state)
{
	struct filter filter;

	(void)state;
	/* What the kernel can do decides which actions libseccomp takes, and an emulator
	 * answers that it has no filter at all: speak for a kernel of 4.14 (KILL_PROCESS). */
	if (emulated())
		assert_int_equal(seccomp_api_set(3), 0);
	filter = compiled(sample);
#define NATIVE_ANSWER(number_, first_) answer(&filter, NATIVE, number_, first_)
	assert_int_equal(NATIVE_ANSWER(SYS_read, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(462, 0), SECCOMP_RET_ALLOW); /* mseal */
	assert_int_equal(NATIVE_ANSWER(SYS_close, 0), REFUSED(EPERM));
	assert_int_equal(NATIVE_ANSWER(SYS_personality, 0xffffffff), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(SYS_personality, 8), REFUSED(EPERM));
	assert_int_equal(NATIVE_ANSWER(SYS_clone, 17), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(SYS_clone, 0x10000011), REFUSED(EPERM));
	assert_int_equal(NATIVE_ANSWER(SYS_clone3, 0), REFUSED(ENOSYS));
	assert_int_equal(NATIVE_ANSWER(SYS_mount, 0), REFUSED(EPERM));
	assert_int_equal(NATIVE_ANSWER(SYS_ptrace, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(SYS_kcmp, 0), REFUSED(EPERM));
	assert_int_equal(NATIVE_ANSWER(SYS_getpid, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(SYS_getppid, 0), REFUSED(EPERM));
	assert_int_equal(NATIVE_ANSWER(SYS_reboot, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(NATIVE_ANSWER(SYS_socket, 1), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(SYS_socket, 2), SECCOMP_RET_ALLOW);
	assert_int_equal(NATIVE_ANSWER(SYS_socket, 38), REFUSED(EPERM));
	/* newer than the newest that the profile names */
	assert_int_equal(NATIVE_ANSWER(463, 0), REFUSED(ENOSYS));
	assert_int_equal(NATIVE_ANSWER(600, 0), REFUSED(ENOSYS));
	assert_int_equal(NATIVE_ANSWER(461, 0), REFUSED(EPERM));
#if defined(__x86_64__)
	assert_int_equal(answer(&filter, AUDIT_ARCH_I386, 195, 0), SECCOMP_RET_ALLOW); /* stat64 */
	assert_int_equal(answer(&filter, AUDIT_ARCH_I386, 6, 0), REFUSED(EPERM));      /* close */
	assert_int_equal(NATIVE_ANSWER(SYS_read | 0x40000000, 0), REFUSED(ENOSYS));
#endif
	assert_int_equal(answer(&filter, AUDIT_ARCH_MIPS, SYS_read, 0), REFUSED(ENOSYS));
	filter_free(&filter);
	assert_null(filter.instructions);
}

static void test_small_profiles(void **state)
{
	struct filter allow =
		compiled("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"" SCMP_ARCH
			 "\"],\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\"],\"syscalls\":[{\"names\":"
			 "[\"keyctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"EACCES\"}]}");
	struct filter nothing =
		compiled("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"ENOSYS\"}");
	struct filter operators = compiled(
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
		"{\"names\":[\"umask\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7,\"args\":"
		"[{\"index\":0,\"value\":100,\"op\":\"SCMP_CMP_GT\"}]},"
		"{\"names\":[\"getsid\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":"
		"[{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_NE\"}]},"
		"{\"names\":[\"getpgid\"],\"action\":\"SCMP_ACT_LOG\",\"args\":"
		"[{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_LE\"}]}]}");

	(void)state;
	assert_int_equal(answer(&allow, NATIVE, SYS_keyctl, 0), REFUSED(EACCES));
	assert_int_equal(answer(&allow, NATIVE, SYS_bpf, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&nothing, NATIVE, SYS_read, 0), REFUSED(ENOSYS));
	assert_int_equal(answer(&operators, NATIVE, SYS_umask, 100), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&operators, NATIVE, SYS_umask, 101), REFUSED(7));
	assert_int_equal(answer(&operators, NATIVE, SYS_getsid, 5), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&operators, NATIVE, SYS_getsid, 4), SECCOMP_RET_TRAP);
	assert_int_equal(answer(&operators, NATIVE, SYS_getpgid, 5), SECCOMP_RET_LOG);
	filter_free(&allow);
	filter_free(&nothing);
	filter_free(&operators);
}

#define WITH(rules_) "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n\"syscalls\":[\n" rules_ "]}"
#define ARGS(args_)  WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" args_ "]}")

static void test_hostile(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", ":1:1: " },
		{ "[]", ":1:1: an object" },
		{ "null", ":1:1: an object" },
		{ "{}", ":1:1: \"defaultAction\" is missing" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",}", "profile.json:1:" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultAction\":\"SCMP_ACT_ALLOW\"}",
			"profile.json:1:" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALOW\"}",
			":1:2: unknown action \"SCMP_ACT_ALOW\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "SCMP_ACT_NOTIFY: nobody listens" },
		{ "{\"defaultAction\":7}", ":1:2: \"defaultAction\" is missing or no string" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n \"defaultErrnoRet\":4096}",
			":2:2: \"defaultErrnoRet\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n \"defaultErrnoRet\":-1}",
			":2:2: \"defaultErrnoRet\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n \"defaultErrnoRet\":1.5}",
			":2:2: \"defaultErrnoRet\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n \"defaultErrno\":\"ENONE\"}",
			":2:2: \"defaultErrno\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n \"listenerPath\":\"/x\"}",
			":2:2: unknown key \"listenerPath\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n \"DefaultErrnoRet\":1}",
			":2:2: unknown key \"DefaultErrnoRet\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":[\n\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}",
			":2:1: flag" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":[7]}", "only strings" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\n  \"SCMP_ARCH_Z80\"]}",
			":2:3: unknown architecture" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"X86_64\"]}",
			"unknown architecture" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":{}}",
			"an array of strings" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":{}}", "an array is expected" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[7]}",
			"an object is expected" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[{\"arch\":1}]}",
			"unknown key \"arch\"" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":{}}",
			"an array is expected" },
		{ WITH("7"), ":3:1: an object" },
		{ WITH("{}"), ":3:1: \"action\" is missing" },
		{ WITH("{\"action\":\"SCMP_ACT_ALLOW\"}"), ":3:1: either \"names\"" },
		{ WITH("{\"name\":\"dup\",\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
			":3:1: either" },
		{ WITH("{\"names\":[\"dup\",\n \"dupe\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
			":4:2: unknown system call \"dupe\"" },
		{ WITH("{\"names\":[\"\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
			"unknown system call \"\"" },
		{ WITH("{\"names\":[null],\"action\":\"SCMP_ACT_ALLOW\"}"), "only strings" },
		{ WITH("{\"names\":\"dup\",\"action\":\"SCMP_ACT_ALLOW\"}"),
			"an array of strings" },
		{ WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_TRACE\"}"), "nobody traces" },
		{ WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"priority\":1}"),
			"unknown key \"priority\"" },
		{ WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"cap\":[]}}"),
			"unknown key \"cap\"" },
		{ WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":[]}"),
			"an object is expected" },
		{ WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"4\"}}"),
			"\"minKernel\"" },
		{ WITH("{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":4.8}}"),
			"\"minKernel\"" },
		{ ARGS("7"), "an object" },
		{ ARGS("{}"), "needs \"index\"" },
		{ ARGS("{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}"),
			"\"index\": a whole number from 0 to 5" },
		{ ARGS("{\"index\":0,\"value\":1e17,\"op\":\"SCMP_CMP_EQ\"}"), "\"value\"" },
		{ ARGS("{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}"), "\"value\"" },
		{ ARGS("{\"index\":0,\"value\":\"1\",\"op\":\"SCMP_CMP_EQ\"}"), "\"value\"" },
		{ ARGS("{\"index\":0,\"value\":0,\"op\":\"==\"}"), "unknown operator \"==\"" },
		{ ARGS("{\"index\":0,\"value\":0,\"value2\":0,\"op\":\"SCMP_CMP_EQ\"}"),
			"unknown key \"value2\"" },
		{ ARGS("{},{},{},{},{},{},{}"), "at most 6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct filter filter = { 0 };
		struct failure f = { 0 };
		int rc = profile_compile(
			"profile.json", rows[i].text, strlen(rows[i].text), &filter, &f);

		if (rc == 0)
			fail_msg("was taken: %s", rows[i].text);
		if (strstr(f.what, rows[i].expected) == NULL)
			fail_msg("expected \"%s\", got \"%s\" for %s", rows[i].expected, f.what,
				rows[i].text);
		assert_null(filter.instructions);
		assert_string_not_equal(f.remedy, "");
	}
}

/* Rules that differ in their arguments do not fold, so enough of them are too many. */
static void test_too_long(void **state)
{
	char *text = NULL;
	struct filter filter = { 0 };
	struct failure f = { 0 };
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	fputs("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[", out);
	for (int i = 0; i < 5000; i++)
		fprintf(out,
			"%s{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
			"\"value\":%d,\"op\":\"SCMP_CMP_EQ\"}]}",
			i > 0 ? "," : "", i * 7);
	fputs("]}", out);
	fclose(out);
	assert_int_equal(profile_compile("profile.json", text, length, &filter, &f), -1);
	free(text);
	assert_non_null(strstr(f.what, "4096"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker_structure),
		cmocka_unit_test(test_small_profiles),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
