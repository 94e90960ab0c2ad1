/* seccomp/filter_generate.c: the built-in filters, from rows to C, when cofferdam is built.
 *
 *   filter-generate ARCHITECTURE   writes filters.c to stdout
 *
 * ARCHITECTURE is what the filters are for, by libseccomp's name for it: x86_64, aarch64
 * or riscv64. The generator itself is compiled for, and runs on, the machine that builds.
 *
 * libseccomp decides which comparisons a row becomes, but it has no "otherwise" for
 * one call: several rows with different answers for overlapping arguments are undefined
 * there. So each verdict of policy.h becomes a filter of its own, in which all rows are
 * independent of order, and the filters are joined: where one has no answer it jumps
 * to the next. One program is installed, and the kernel can still see that a call
 * without conditions is always allowed, and skip the program for it.
 *
 * It may print and exit.
 */
#include "sandbox/base/own.h"
#include "seccomp/filter_policy.h"

#include <err.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The answer of a filter that has none. No row of ours ever asks a tracer. */
#define NEXT_STAGE SCMP_ACT_TRACE(0x0c0f)

#define STAGES     (POLICY_REFUSE + 1)

/* Where the constants of policy.c hold; MIPS, POWER, SPARC and others have their own.
 * All have 64 bits, low half first: name_target counts on it. */
static const struct target {
	uint32_t native, compat; /* compat 0: no second entry that we have rows for */
	const char *macro;       /* what a compiler for it defines */
} targets[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86, "__x86_64__" },
	{ SCMP_ARCH_AARCH64, 0, "__aarch64__" },
	{ SCMP_ARCH_RISCV64, 0, "__riscv" },
};

struct program {
	struct sock_filter instructions[BPF_MAXINSNS];
	size_t length;
};

static const struct target *target_find(const char *name)
{
	uint32_t arch = seccomp_arch_resolve_name(name);

	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (targets[i].native == arch)
			return &targets[i];
	errx(1, "%s: no constants for this architecture", name);
}

/* libseccomp gives calls that an architecture does not have numbers of -10000 and less,
 * and those that go through socketcall or ipc as well numbers above that. */
static bool exists(int number)
{
	return number > -10000 && number != __NR_SCMP_ERROR;
}

/* What seccomp_rule_add wants for a call. -1 skips it.
 * For the native entry that is the target's number: see name_target. For the other one it
 * is the number that the build machine has, or a pseudo-number, which libseccomp then
 * translates by name. A call newer than libseccomp has no translation, and which those
 * are depends on its version. So the newer ones are left to the default there: refused,
 * as on a kernel before them. */
static int call_number(
	uint32_t arch, enum policy_entry entry, const struct policy_row *row, const char *name)
{
	int known = seccomp_syscall_resolve_name_arch(arch, name);
	int newer = policy_newer_number(name);

	if (known == __NR_SCMP_ERROR && newer == -1)
		errx(1, "%s: neither libseccomp nor the table of newer calls has it", name);
	if (newer != -1 && known != __NR_SCMP_ERROR && known != newer)
		errx(1, "%s: %d in libseccomp, %d in our table", name, known, newer);
	if (newer != -1)
		return entry == POLICY_NATIVE ? newer : -1;
	if (exists(known))
		return entry == POLICY_NATIVE ? known : seccomp_syscall_resolve_name(name);
	if (row->reach != POLICY_SOMEWHERE)
		errx(1, "%s: unknown on %#" PRIx32 ", and its row does not say that it may be",
			name, arch);
	return -1;
}

static void add_row(
	scmp_filter_ctx ctx, uint32_t arch, enum policy_entry entry, const struct policy_row *row)
{
	uint32_t action =
		row->verdict == POLICY_ALLOW ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(row->errnum);
	struct scmp_arg_cmp compare[POLICY_CONDITIONS];
	unsigned int count = 0;
	const char *calls = row->calls;
	char name[64];

	for (; count < POLICY_CONDITIONS && row->conditions[count].mask != 0; count++) {
		const struct policy_condition *c = &row->conditions[count];

		compare[count] =
			c->pointer ? SCMP_CMP64(c->argument, SCMP_CMP_NE, 0, 0)
				   : SCMP_CMP64(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value);
	}
	while (policy_next_call(&calls, name, sizeof(name))) {
		int number = call_number(arch, entry, row, name);
		int rc = number == -1 ? 0
				      : seccomp_rule_add_array(ctx, action, number, count, compare);

		if (rc < 0)
			errx(1, "%s: %s", name, strerror(-rc));
	}
	if (*calls != '\0')
		errx(1, "\"%s\": not a list of names", calls);
}

static void swap_arch(scmp_filter_ctx ctx, uint32_t arch)
{
	if (seccomp_arch_add(ctx, arch) < 0 || seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE) < 0)
		errx(1, "seccomp_arch_add");
}

/* All rows of one verdict for one entry. */
static scmp_filter_ctx stage_of_entry(
	enum filter_role role, enum policy_entry entry, uint32_t arch, enum policy_verdict verdict)
{
	scmp_filter_ctx ctx = seccomp_init(NEXT_STAGE);
	const struct policy_row *row;

	if (ctx == NULL)
		errx(1, "seccomp_init");
	if (entry == POLICY_COMPAT)
		swap_arch(ctx, arch);
	for (size_t i = 0; (row = policy_row(role, entry, i)) != NULL; i++)
		if (row->verdict == verdict)
			add_row(ctx, arch, entry, row);
	return ctx;
}

static void read_program(scmp_filter_ctx ctx, struct program *program)
{
	own_fd int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t length;

	if (fd < 0 || seccomp_export_bpf(ctx, fd) < 0)
		errx(1, "seccomp_export_bpf");
	length = pread(fd, program->instructions, sizeof(program->instructions), 0);
	if (length <= 0 || length == sizeof(program->instructions))
		errx(1, "a stage is empty or too long");
	program->length = (size_t)length / sizeof(struct sock_filter);
}

/* libseccomp takes plain numbers for the machine that it runs on and for no other; what it
 * does not know by name, as calls newer than itself, it cannot take for another at all. So
 * the native entry is compiled with the target's numbers as if they were this machine's,
 * and here the one word that names the machine becomes the target's. What libseccomp adds
 * on x86-64 of itself, that numbers from 2^30 on (x32) get ENOSYS, does no harm elsewhere;
 * built elsewhere for x86-64, they get the default of the role, which refuses them too. */
static void name_target(struct program *program, const struct target *target)
{
	unsigned int found = 0;

	for (size_t i = 0; i < program->length; i++) {
		struct sock_filter *f = &program->instructions[i];

		if (f->code != (BPF_JMP | BPF_JEQ | BPF_K) || f->k != seccomp_arch_native())
			continue;
		f->k = target->native;
		found++;
	}
	if (found != 1)
		errx(1, "a stage asks %u times for its architecture", found);
}

static void build_stage(enum filter_role role, const struct target *target,
	enum policy_verdict verdict, struct program *stage)
{
	scmp_filter_ctx ctx = stage_of_entry(role, POLICY_NATIVE, target->native, verdict);

	if (target->compat != 0 && policy_row(role, POLICY_COMPAT, 0) != NULL) {
		scmp_filter_ctx compat =
			stage_of_entry(role, POLICY_COMPAT, target->compat, verdict);

		if (seccomp_merge(ctx, compat) < 0)
			errx(1, "seccomp_merge");
	}
	/* x32 and the entries that the role does not have: as on a kernel without them. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) < 0 ||
		seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		errx(1, "seccomp_attr_set");
	read_program(ctx, stage);
	name_target(stage, target);
	seccomp_release(ctx);
}

/* Append a stage: its "no answer" becomes a jump past its own end, or, in the last
 * one, the default of the role. */
static void join_stage(struct program *whole, const struct program *stage, const int *default_errno)
{
	for (size_t i = 0; i < stage->length; i++) {
		struct sock_filter instruction = stage->instructions[i];

		if (instruction.code == (BPF_RET | BPF_K) && instruction.k == NEXT_STAGE) {
			if (default_errno != NULL)
				instruction.k = SCMP_ACT_ERRNO(*default_errno);
			else
				instruction = (struct sock_filter)BPF_STMT(
					BPF_JMP | BPF_JA, (uint32_t)(stage->length - i - 1));
		}
		if (whole->length == BPF_MAXINSNS)
			errx(1, "longer than the %d instructions of the kernel", BPF_MAXINSNS);
		whole->instructions[whole->length++] = instruction;
	}
}

static void print_program(enum filter_role role, const struct program *program)
{
	printf("\nstatic const struct sock_filter role_%d[%zu] = {\n", role, program->length);
	for (size_t i = 0; i < program->length; i++) {
		const struct sock_filter *f = &program->instructions[i];

		printf("\t{ 0x%02x, %3u, %3u, 0x%08" PRIx32 " },\n", f->code, f->jt, f->jf, f->k);
	}
	printf("};\n");
}

int main(int argc, char **argv)
{
	static struct program whole[FILTER_COUNT], stage;
	const struct target *target;

	if (argc != 2)
		errx(2, "for which architecture?");
	target = target_find(argv[1]);
	printf("/* Made by seccomp/filter_generate.c from the rows of seccomp/filter_policy.c. */\n"
	       "#include \"seccomp/filter_table.h\"\n\n"
	       "#if !defined(%s) || !defined(__LP64__)\n"
	       "#error \"these filters are for %s\"\n"
	       "#endif\n",
		target->macro, argv[1]);
	for (enum filter_role role = 0; role < FILTER_COUNT; role++) {
		int default_errno = policy_default(role, NULL);

		for (enum policy_verdict verdict = 0; verdict < STAGES; verdict++) {
			build_stage(role, target, verdict, &stage);
			join_stage(&whole[role], &stage,
				verdict + 1 == STAGES ? &default_errno : NULL);
		}
		print_program(role, &whole[role]);
	}
	printf("\nconst struct filter filter_table[FILTER_COUNT] = {\n");
	for (enum filter_role role = 0; role < FILTER_COUNT; role++)
		printf("\t[%d] = { role_%d, %zu },\n", role, role, whole[role].length);
	printf("};\n");
	return fflush(stdout) == 0 ? 0 : 1;
}
