#include "sandbox/fetch/landlock.h"

#include "sandbox/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than Debian 12's headers; the numbers are the kernel's ABI. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#endif
#define NET_BIND_TCP           (1ULL << 0) /* ABI 4 */
#define NET_CONNECT_TCP        (1ULL << 1) /* ABI 4 */
#define SCOPE_ABSTRACT_SOCKETS (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNALS          (1ULL << 1) /* ABI 6 */

struct ruleset { /* struct landlock_ruleset_attr of ABI 6 */
	uint64_t fs, net, scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* No execute, no device, no socket, no fifo: a checkout makes none of them. */
#define FS_WRITE                                                                                   \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |                   \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                   \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                        \
		LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
#define FS_ALL                                                                                     \
	(FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                    \
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                      \
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_IOCTL_DEV)

static int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static struct ruleset ruleset_for(int abi, bool local)
{
	struct ruleset rules = {
		.fs = FS_ALL,
		/* a fetcher listens to nobody; a local one talks to nobody either */
		.net = NET_BIND_TCP | (local ? NET_CONNECT_TCP : 0),
		.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS,
	};

	switch (abi) {
	case 1:
		rules.fs &= ~LANDLOCK_ACCESS_FS_REFER;
		__attribute__((fallthrough));
	case 2:
		rules.fs &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
		__attribute__((fallthrough));
	case 3:
		rules.net = 0;
		__attribute__((fallthrough));
	case 4:
		rules.fs &= ~LANDLOCK_ACCESS_FS_IOCTL_DEV;
		__attribute__((fallthrough));
	case 5:
		rules.scoped = 0;
	}
	return rules;
}

static int landlock_allow(int ruleset, const char *path, uint64_t access, struct failure *f)
{
	own_fd int fd = path != NULL ? open(path, O_PATH | O_CLOEXEC) : -1;

	/* what is not there needs no permission */
	if (fd < 0)
		return 0;
	struct landlock_path_beneath_attr beneath = { .allowed_access = access, .parent_fd = fd };

	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		return fail(f, errno, "landlock: allow %s", path);
	return 0;
}

static int landlock_fill(
	int ruleset, const struct arguments *arguments, uint64_t handled, struct failure *f)
{
	bool remote = arguments->kind != SOURCE_LOCAL;
	const struct {
		const char *path;
		uint64_t access;
		bool wanted;
		const char *why;
	} rows[] = {
		{ "/usr", FS_READ, remote, "libraries that getaddrinfo loads" },
		{ "/lib", FS_READ, remote, "the same, where it is no link into /usr" },
		{ "/lib64", FS_READ, remote, "the same" },
		{ "/etc", FS_READ, remote, "resolv.conf, hosts, nsswitch.conf, certificates" },
		{ "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE, remote, "TLS and ssh" },
		{ getenv("HOME"), FS_READ, remote, "known_hosts" },
		{ "/run/fetch", FS_READ, true, "source, certificates, known_hosts" },
		{ "/tmp", FS_WRITE, true, "temporary files" },
		{ arguments->source, FS_READ, !remote, "the source" },
		{ arguments->into, FS_WRITE, true, "the clone" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].wanted &&
			landlock_allow(ruleset, rows[i].path, rows[i].access & handled, f) < 0)
			return -1;
	if (arguments->ca != NULL)
		return landlock_allow(ruleset, arguments->ca, LANDLOCK_ACCESS_FS_READ_FILE, f);
	return 0;
}

int landlock_confine(const struct arguments *arguments, int *ret_abi, struct failure *f)
{
	int abi = landlock_abi();
	struct ruleset rules = ruleset_for(abi, arguments->kind == SOURCE_LOCAL);

	if (abi == 0) {
		*ret_abi = 0;
		return 0;
	}
	/* an older kernel knows a shorter struct; zeros at its end are accepted by all */
	own_fd int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (ruleset < 0)
		return fail(f, errno, "landlock: create a ruleset for ABI %d", abi);
	if (landlock_fill(ruleset, arguments, rules.fs, f) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return fail(f, errno, "landlock: restrict the fetcher");
	*ret_abi = abi;
	return 0;
}
