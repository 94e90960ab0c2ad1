#include "sandbox/privilege/landlock.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Newer than the oldest kernel headers that we build with. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) /* ABI 2, Linux 5.19 */
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3, Linux 6.2 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) /* ABI 5, Linux 6.10 */
#endif
#define NET_BIND_TCP               (1ULL << 0) /* ABI 4, Linux 6.7 */
#define NET_CONNECT_TCP            (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0) /* ABI 6, Linux 6.12 */
#define SCOPE_SIGNAL               (1ULL << 1)

#define FS_ABI_1                                                                                   \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |                       \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                   \
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                       \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                       \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                     \
		LANDLOCK_ACCESS_FS_MAKE_SYM)

/* The struct of ABI 6; landlock_create_ruleset(2) takes it from older kernels as well if
 * what they do not know is zero. */
struct ruleset {
	uint64_t fs, net, scoped;
};

static struct ruleset ruleset_for(int abi, unsigned net)
{
	struct ruleset set = { .fs = FS_ABI_1 };

	switch (abi) {
	default:
		set.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
		__attribute__((fallthrough));
	case 5:
		set.fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
		__attribute__((fallthrough));
	case 4:
		set.net = ((net & LANDLOCK_NO_BIND) != 0 ? NET_BIND_TCP : 0) |
			  ((net & LANDLOCK_NO_CONNECT) != 0 ? NET_CONNECT_TCP : 0);
		__attribute__((fallthrough));
	case 3:
		set.fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
		__attribute__((fallthrough));
	case 2:
		set.fs |= LANDLOCK_ACCESS_FS_REFER;
		__attribute__((fallthrough));
	case 1:
		break;
	}
	return set;
}

static const struct {
	unsigned access;
	uint64_t fs;
} access_rows[] = {
	{ LANDLOCK_LIST, LANDLOCK_ACCESS_FS_READ_DIR },
	{ LANDLOCK_READ, LANDLOCK_ACCESS_FS_READ_FILE },
	{ LANDLOCK_RUN, LANDLOCK_ACCESS_FS_EXECUTE },
	{ LANDLOCK_WRITE, LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE },
	{ LANDLOCK_MAKE, LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
				 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				 LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER },
	{ LANDLOCK_NODE, LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO },
	{ LANDLOCK_DEVICE, LANDLOCK_ACCESS_FS_IOCTL_DEV },
};

/* What may be allowed on something that is not a directory (EINVAL otherwise). */
#define FS_ON_FILES                                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |                       \
		LANDLOCK_ACCESS_FS_IOCTL_DEV)

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* name is what f calls it. */
static int rule_add(
	int ruleset, uint64_t handled, int fd, unsigned access, const char *name, struct failure *f)
{
	struct landlock_path_beneath_attr beneath = { .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(f, errno, "look at %s for Landlock", name);
	if (S_ISLNK(st.st_mode)) /* /bin, /lib, …: what they lead to has a row of its own */
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(access_rows); i++)
		if ((access & access_rows[i].access) != 0)
			beneath.allowed_access |= access_rows[i].fs;
	beneath.allowed_access &= S_ISDIR(st.st_mode) ? handled : handled & FS_ON_FILES;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		return fail(f, errno, "add the Landlock rule of %s", name);
	return 0;
}

static int rule_add_path(
	int ruleset, uint64_t handled, const struct landlock_rule *rule, struct failure *f)
{
	own_fd int fd = -1;

	if (rule->path == NULL)
		return 0;
	fd = open(rule->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fail(f, errno, "open %s for Landlock", rule->path);
	return rule_add(ruleset, handled, fd, rule->access, rule->path, f);
}

static int ruleset_make(const struct ruleset *set, struct failure *f)
{
	int fd = (int)syscall(SYS_landlock_create_ruleset, set, sizeof(*set), 0);

	return fd < 0 ? fail(f, errno, "create a Landlock ruleset") : fd;
}

static int ruleset_enforce(int fd, struct failure *f)
{
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0
		       ? fail(f, errno, "enforce the Landlock ruleset")
		       : 0;
}

int landlock_restrict(const struct landlock_rule *rules, size_t n, unsigned net, struct failure *f)
{
	struct ruleset set = ruleset_for(landlock_abi(), net);
	own_fd int fd = ruleset_make(&set, f);

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (rule_add_path(fd, set.fs, &rules[i], f) < 0)
			return -1;
	return ruleset_enforce(fd, f);
}

int landlock_restrict_to(
	const struct landlock_place *places, size_t n, unsigned net, struct failure *f)
{
	struct ruleset set = ruleset_for(landlock_abi(), net);
	own_fd int fd = ruleset_make(&set, f);

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (rule_add(fd, set.fs, places[i].directory_fd, places[i].access, "a directory",
			    f) < 0)
			return -1;
	return ruleset_enforce(fd, f);
}

int landlock_try_root(void)
{
	own_fd int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? 0 : errno;
}
