/* seccomp/container_generate.c: the profile of a container that cofferdam is to work in, when
 * cofferdam is built.
 *
 *   container-generate ARCHITECTURE   writes it to stdout, as engines read it (OCI, Docker)
 *
 * Engines' own profiles forbid what makes a sandbox: namespaces and mounts. With this one a
 * container may ask what a role of ours may, and what the launcher and the keeper ask before they
 * have a filter; nothing else. It looks at the families of sockets and at no other argument: each
 * role's own filter does that.
 *
 * It may print and exit.
 */
#include "sandbox/base/own.h"
#include "seccomp/filter_policy.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CALLS_MAX  600
#define NAME_BYTES 40

/* What no filter of ours permits, for it comes before there is one. */
static const char *const launcher_calls[] = {
	"clone clone3 unshare setns",                  /* namespaces, and the way in later */
	"mount umount2 pivot_root chroot",             /* the sandbox's root */
	"open_tree move_mount mount_setattr",          /* the same, by descriptors */
	"fsopen fsconfig fsmount fspick",              /* and newly made */
	"sethostname setdomainname",                   /* the UTS namespace */
	"setuid setgid setgroups setresuid setresgid", /* ids, uidmap's programs' as well */
	"capget capset seccomp",                       /* walls */
	"landlock_create_ruleset landlock_add_rule landlock_restrict_self",
	"keyctl",                                                 /* a session keyring of its own */
	"sched_setattr sched_setaffinity ioprio_set setpriority", /* as everybody has it */
};

/* With conditions, below. */
static const char *const apart[] = { "socket" };

/* UNIX, for engines and descriptors; IPv4 and IPv6; the routes of a network namespace. */
static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static const struct target {
	const char *name, *architectures;
} targets[] = {
	{ "x86_64", "\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"" },
	{ "aarch64", "\"SCMP_ARCH_AARCH64\"" },
	{ "riscv64", "\"SCMP_ARCH_RISCV64\"" },
};

struct names {
	size_t n;
	char name[CALLS_MAX][NAME_BYTES];
};

static void names_add(struct names *names, const char *calls)
{
	char name[NAME_BYTES];

	while (policy_next_call(&calls, name, sizeof(name))) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(apart) && !known; i++)
			known = strcmp(apart[i], name) == 0;
		for (size_t i = 0; i < names->n && !known; i++)
			known = strcmp(names->name[i], name) == 0;
		if (known)
			continue;
		if (names->n == CALLS_MAX)
			errx(1, "more than %d calls", CALLS_MAX);
		strcpy(names->name[names->n++], name);
	}
}

static void names_of_roles(struct names *names)
{
	static const enum policy_entry entries[] = { POLICY_NATIVE, POLICY_COMPAT };
	const struct policy_row *row;

	for (enum filter_role role = 0; role < FILTER_COUNT; role++)
		for (size_t e = 0; e < ARRAY_LEN(entries); e++)
			for (size_t i = 0; (row = policy_row(role, entries[e], i)) != NULL; i++)
				if (row->verdict == POLICY_ALLOW)
					names_add(names, row->calls);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void print_names(const struct names *names)
{
	printf("\t\t{\n\t\t\t\"names\": [");
	for (size_t i = 0; i < names->n; i++)
		printf("%s\n\t\t\t\t\"%s\"", i > 0 ? "," : "", names->name[i]);
	printf("\n\t\t\t],\n\t\t\t\"action\": \"SCMP_ACT_ALLOW\"\n\t\t}");
}

static void print_families(void)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		printf(",\n\t\t{\n\t\t\t\"names\": [\"socket\"],\n\t\t\t\"action\": \"SCMP_ACT_ALLOW\",\n"
		       "\t\t\t\"args\": [{ \"index\": 0, \"value\": %d, \"op\": \"SCMP_CMP_EQ\" "
		       "}]\n\t\t}",
			families[i]);
}

static const struct target *target_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	errx(1, "%s: no architecture that we know", name);
}

int main(int argc, char **argv)
{
	static struct names names;

	if (argc != 2)
		errx(2, "for which architecture?");
	names_of_roles(&names);
	for (size_t i = 0; i < ARRAY_LEN(launcher_calls); i++)
		names_add(&names, launcher_calls[i]);
	qsort(names.name, names.n, NAME_BYTES, by_name);
	/* ENOSYS, for a program that meets EPERM does not try an older call. */
	printf("{\n\t\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\t\"defaultErrnoRet\": 38,\n"
	       "\t\"architectures\": [%s],\n\t\"syscalls\": [\n",
		target_find(argv[1])->architectures);
	print_names(&names);
	print_families();
	printf("\n\t]\n}\n");
	return fflush(stdout) == 0 ? 0 : 1;
}
