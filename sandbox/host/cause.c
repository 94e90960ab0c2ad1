/* The causes are one table, read from above: the first row whose wall, errno and check
 * fit is the answer. So what stops the very first step (an old kernel, a setting) stands
 * above what would only be noticed later (an outer container), and the general rows of a
 * wall stand below its particular ones.
 */
#include "sandbox/host/cause.h"

#include "namespaces/user.h"
#include "sandbox/base/failure.h"
#include "sandbox/base/own.h"
#include "sandbox/host/facts.h"

#include <string.h>
#include <sys/stat.h>

/* What a check found out beyond yes or no; put where the row says "{}". */
#define SPECIFIC_SIZE 128

typedef bool check_fn(const char *root, char specific[SPECIFIC_SIZE]);

static bool number_is(const char *root, const char *path, uint64_t value)
{
	uint64_t number;

	return facts_number(root, path, &number) && number == value;
}

static bool always(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)root;
	(void)specific;
	return true;
}

static bool kernel_old(const char *root, char specific[SPECIFIC_SIZE])
{
	unsigned kernel = facts_kernel(root);

	snprintf(specific, SPECIFIC_SIZE, "%u.%u", kernel / 100, kernel % 100);
	return kernel != 0 && kernel < 514;
}

static bool userns_none_allowed(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return number_is(root, "/proc/sys/user/max_user_namespaces", 0);
}

/* A Debian patch, and gone from kernels since 2025: the file is there or it is not. */
static bool userns_clone_off(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return number_is(root, "/proc/sys/kernel/unprivileged_userns_clone", 0);
}

static bool apparmor_restricts(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return number_is(root, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1);
}

static bool userns_not_built(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return facts_exist(root, "/proc/self/status") && !facts_exist(root, "/proc/self/ns/user");
}

static bool filtered(const char *root)
{
	char mode[8];

	return facts_field(root, "/proc/self/status", "Seccomp:", mode, sizeof(mode)) &&
	       strcmp(mode, "2") == 0;
}

/* Docker and Podman leave a file; others set "container=" for their PID 1. */
static bool filtered_in_container(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return filtered(root) &&
	       (facts_exist(root, "/.dockerenv") || facts_exist(root, "/run/.containerenv") ||
		       facts_exist(root, "/run/systemd/container"));
}

static bool filtered_elsewhere(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return filtered(root);
}

static bool is_confinement(const char *label)
{
	return label[0] != '\0' && strncmp(label, "unconfined", 10) != 0 &&
	       strcmp(label, "kernel") != 0;
}

/* AppArmor's own file since 5.8, the shared one before; the shared one may be SELinux's. */
static bool apparmor_confines(const char *root, char specific[SPECIFIC_SIZE])
{
	if (!facts_text(root, "/proc/self/attr/apparmor/current", specific, SPECIFIC_SIZE) &&
		(facts_exist(root, "/sys/fs/selinux/enforce") ||
			!facts_text(root, "/proc/self/attr/current", specific, SPECIFIC_SIZE)))
		return false;
	return is_confinement(specific);
}

static bool selinux_enforces(const char *root, char specific[SPECIFIC_SIZE])
{
	return number_is(root, "/sys/fs/selinux/enforce", 1) &&
	       facts_text(root, "/proc/self/attr/current", specific, SPECIFIC_SIZE);
}

static bool see_root_mount(char *line, void *data)
{
	char *word = NULL;

	(void)data;
	for (int i = 0; i < 5; i++)
		word = strsep(&line, " ");
	return word != NULL && strcmp(word, "/") == 0;
}

/* mountinfo shows what can be reached from our root: in a chroot that is not a mount point
 * "/" is missing. In one that is, only PID 1's root tells, if we may look at it. */
static bool in_chroot(const char *root, char specific[SPECIFIC_SIZE])
{
	char path[512];
	struct stat ours, first;

	(void)specific;
	if (!facts_exist(root, "/proc/self/mountinfo"))
		return false;
	if (!facts_lines(root, "/proc/self/mountinfo", see_root_mount, NULL))
		return true;
	if (!facts_path(root, "/proc/1/root/.", path, sizeof(path)) || stat(path, &first) < 0)
		return false;
	return facts_path(root, "/.", path, sizeof(path)) && stat(path, &ours) == 0 &&
	       (ours.st_dev != first.st_dev || ours.st_ino != first.st_ino);
}

static bool userns_used_up(const char *root, char specific[SPECIFIC_SIZE])
{
	return facts_text(root, "/proc/sys/user/max_user_namespaces", specific, SPECIFIC_SIZE);
}

static const char *const namespace_files[][2] = {
	{ "network", "/proc/sys/user/max_net_namespaces" },
	{ "ipc", "/proc/sys/user/max_ipc_namespaces" },
	{ "mount", "/proc/sys/user/max_mnt_namespaces" },
	{ "pid", "/proc/sys/user/max_pid_namespaces" },
	{ "uts", "/proc/sys/user/max_uts_namespaces" },
	{ "cgroup", "/proc/sys/user/max_cgroup_namespaces" },
};

static bool other_namespace_none(const char *root, char specific[SPECIFIC_SIZE])
{
	for (size_t i = 0; i < ARRAY_LEN(namespace_files); i++)
		if (number_is(root, namespace_files[i][1], 0)) {
			snprintf(specific, SPECIFIC_SIZE, "%s",
				namespace_files[i][1] + strlen("/proc/sys/user/"));
			return true;
		}
	return false;
}

/* Mount points below /proc that the kernel itself keeps empty cover nothing, so it
 * ignores them (proc_create_mount_point() in fs/proc). */
static bool covers_nothing(const char *point)
{
	static const char *const empty[] = { "/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd",
		"/proc/fs/nfs", "/proc/openprom" };

	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		if (strcmp(point, empty[i]) == 0)
			return true;
	return false;
}

static bool see_proc_cover(char *line, void *data)
{
	char *specific = data, *point = NULL;

	for (int i = 0; i < 5; i++)
		point = strsep(&line, " ");
	if (point == NULL || strncmp(point, "/proc/", 6) != 0 || covers_nothing(point))
		return false;
	snprintf(specific, SPECIFIC_SIZE, "%s", point);
	return true;
}

static bool proc_masked(const char *root, char specific[SPECIFIC_SIZE])
{
	return facts_lines(root, "/proc/self/mountinfo", see_proc_cover, specific);
}

struct user {
	char uid[16], name[64];
};

static bool see_passwd(char *line, void *data)
{
	struct user *user = data;
	char *name = strsep(&line, ":"), *uid;

	strsep(&line, ":");
	uid = strsep(&line, ":");
	if (uid == NULL || strcmp(uid, user->uid) != 0)
		return false;
	snprintf(user->name, sizeof(user->name), "%.63s", name);
	return true;
}

/* Who we are, by the same files that newuidmap reads. "Uid:" has the real id first. */
static struct user user_of(const char *root)
{
	struct user user = { .name = "" };
	char ids[64];

	if (!facts_field(root, "/proc/self/status", "Uid:", ids, sizeof(ids)))
		snprintf(ids, sizeof(ids), "%u", getuid());
	snprintf(user.uid, sizeof(user.uid), "%.*s", (int)strcspn(ids, " \t"), ids);
	facts_lines(root, "/etc/passwd", see_passwd, &user);
	return user;
}

static bool see_range(char *line, void *data)
{
	const struct user *user = data;
	const char *owner = strsep(&line, ":");

	strsep(&line, ":");
	return owner[0] != '\0' && line != NULL && strtoul(line, NULL, 10) >= USER_RANGE_LENGTH &&
	       (strcmp(owner, user->uid) == 0 || strcmp(owner, user->name) == 0);
}

/* Two users who share a range may kill each other's processes and read each other's files:
 * what is proposed has to be nobody's, in either file. */
#define FREE_FROM   100000 /* SUB_UID_MIN of login.defs(5) */
#define FREE_LENGTH 65536
#define FREE_END    (UINT32_MAX - FREE_LENGTH)

/* Is the line another's claim on the FREE_LENGTH ids from *data on? Then go past it. */
static bool see_claim(char *line, void *data)
{
	uint64_t *first = data, start, length;

	strsep(&line, ":");
	if (line == NULL)
		return false;
	start = strtoul(line, &line, 10);
	length = *line == ':' ? strtoul(line + 1, NULL, 10) : 0;
	if (start > UINT32_MAX || length > UINT32_MAX || start >= *first + FREE_LENGTH ||
		start + length <= *first)
		return false;
	*first = start + length;
	return true;
}

static uint64_t free_range(const char *root, uint64_t own)
{
	uint64_t first = own < FREE_FROM ? FREE_FROM : own + 1; /* newuidmap refuses our own id */

	while (first < FREE_END && (facts_lines(root, "/etc/subuid", see_claim, &first) ||
					   facts_lines(root, "/etc/subgid", see_claim, &first)))
		;
	return first;
}

/* Has this user no range in file? Then ret is what usermod(8) has to be told: the options
 * given, each with a free range, and the user. */
static bool no_range(
	const char *root, const char *file, const char *const options[], char ret[SPECIFIC_SIZE])
{
	struct user user = user_of(root);
	uint64_t first;
	size_t used = 0;

	if (facts_lines(root, file, see_range, &user))
		return false;
	first = free_range(root, strtoul(user.uid, NULL, 10));
	for (; *options != NULL; options++)
		used += (size_t)snprintf(ret + used, SPECIFIC_SIZE - used, "%s %lu-%lu ", *options,
			first, first + FREE_LENGTH - 1);
	snprintf(ret + used, SPECIFIC_SIZE - used, "%s",
		user.name[0] != '\0' ? user.name : user.uid);
	return true;
}

static bool no_subuid(const char *root, char specific[SPECIFIC_SIZE])
{
	return no_range(root, "/etc/subuid",
		(const char *const[]){ "--add-subuids", "--add-subgids", NULL }, specific);
}

static bool no_subgid(const char *root, char specific[SPECIFIC_SIZE])
{
	return no_range(
		root, "/etc/subgid", (const char *const[]){ "--add-subgids", NULL }, specific);
}

static bool newuidmap_missing(const char *root, char specific[SPECIFIC_SIZE])
{
	const char *missing = !facts_exist(root, "/usr/bin/newuidmap")   ? "newuidmap"
			      : !facts_exist(root, "/usr/bin/newgidmap") ? "newgidmap"
									 : NULL;

	if (missing != NULL)
		snprintf(specific, SPECIFIC_SIZE, "%s", missing);
	return missing != NULL;
}

static bool forbidden_privilege(const char *root, char specific[SPECIFIC_SIZE])
{
	char flag[8];

	(void)specific;
	return facts_field(root, "/proc/self/status", "NoNewPrivs:", flag, sizeof(flag)) &&
	       strcmp(flag, "1") == 0;
}

static bool lsm_without_landlock(const char *root, char specific[SPECIFIC_SIZE])
{
	return facts_text(root, "/sys/kernel/security/lsm", specific, SPECIFIC_SIZE) &&
	       !facts_listed(specific, "landlock");
}

static bool kernel_before_landlock(const char *root, char specific[SPECIFIC_SIZE])
{
	unsigned kernel = facts_kernel(root);

	snprintf(specific, SPECIFIC_SIZE, "%u.%u", kernel / 100, kernel % 100);
	return kernel != 0 && kernel < 513;
}

struct cgroup_mounts {
	bool v1, v2, writable;
};

/* mountinfo: fields up to 6 are the mount's, then optional ones, " - ", type, source. */
static bool see_cgroup_mount(char *line, void *data)
{
	struct cgroup_mounts *mounts = data;
	const char *type = strstr(line, " - cgroup");
	char *options = line;

	if (type == NULL)
		return false;
	for (int i = 0; i < 5 && options != NULL; i++)
		strsep(&options, " ");
	if (strncmp(type, " - cgroup2 ", 11) == 0)
		mounts->v2 = true;
	else
		mounts->v1 = true;
	mounts->writable |= options != NULL && strncmp(options, "rw", 2) == 0;
	return false;
}

static struct cgroup_mounts cgroup_mounts_of(const char *root)
{
	struct cgroup_mounts mounts = { 0 };

	facts_lines(root, "/proc/self/mountinfo", see_cgroup_mount, &mounts);
	return mounts;
}

static bool cgroup_not_mounted(const char *root, char specific[SPECIFIC_SIZE])
{
	struct cgroup_mounts mounts = cgroup_mounts_of(root);

	(void)specific;
	return !mounts.v1 && !mounts.v2;
}

static bool cgroup_read_only(const char *root, char specific[SPECIFIC_SIZE])
{
	struct cgroup_mounts mounts = cgroup_mounts_of(root);

	(void)specific;
	return (mounts.v1 || mounts.v2) && !mounts.writable;
}

/* With v1 hierarchies the controllers are there, and the kernel's v1 delegation is by
 * ownership alone, which only root can give. */
static bool cgroup_v1_not_ours(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return cgroup_mounts_of(root).v1;
}

static bool systemd_without_delegation(const char *root, char specific[SPECIFIC_SIZE])
{
	(void)specific;
	return cgroup_mounts_of(root).v2 && facts_exist(root, "/run/systemd/system");
}

static bool in_batch_step(const char *root, char specific[SPECIFIC_SIZE])
{
	const char *job = getenv("SLURM_JOB_ID");

	(void)root;
	snprintf(specific, SPECIFIC_SIZE, "%.20s", job != NULL ? job : "");
	return job != NULL;
}

/* "0::/system.slice/runner.service": of PID 1's, so a scope of the user's would lead out. */
static bool in_system_service(const char *root, char specific[SPECIFIC_SIZE])
{
	char own[256];

	if (!systemd_without_delegation(root, specific) ||
		!facts_field(root, "/proc/self/cgroup", "0::/system.slice/", own, sizeof(own)))
		return false;
	own[strcspn(own, "/")] = '\0';
	snprintf(specific, SPECIFIC_SIZE, "%.100s", own);
	return strstr(own, ".service") != NULL;
}

static bool user_bus_missing(const char *root, char specific[SPECIFIC_SIZE])
{
	struct user user = user_of(root);
	char path[sizeof(user.uid) + 32];

	snprintf(path, sizeof(path), "/run/user/%s/bus", user.uid);
	return systemd_without_delegation(root, specific) && !facts_exist(root, path);
}

static bool devpts_missing(const char *root, char specific[SPECIFIC_SIZE])
{
	char path[512], text[256];

	(void)specific;
	if (!facts_path(root, "/proc/filesystems", path, sizeof(path)) || access(path, R_OK) < 0)
		return false;
	return !facts_field(root, "/proc/filesystems", "nodev\tdevpts", text, sizeof(text));
}

#define ALL_WALLS UINT64_MAX
#define NAMESPACE_WALLS                                                                            \
	(WALL_BIT(WALL_USER) | WALL_BIT(WALL_MOUNT) | WALL_BIT(WALL_PID) |                         \
		WALL_BIT(WALL_NETWORK) | WALL_BIT(WALL_IPC) | WALL_BIT(WALL_UTS) |                 \
		WALL_BIT(WALL_CGROUP_NS))
#define PROC_WALLS  (WALL_BIT(WALL_PROC_MASK) | WALL_BIT(WALL_PID) | WALL_BIT(WALL_NESTED_USERNS))
#define MOUNT_WALLS (WALL_BIT(WALL_MOUNT) | WALL_BIT(WALL_DISK) | WALL_BIT(WALL_TTY) | PROC_WALLS)

struct row {
	const char *name;
	uint64_t walls;   /* WALL_BIT()s */
	int errnums[3];   /* none: any */
	check_fn *check;  /* is it so on this host? */
	const char *text; /* "{}" stands for what the check found */
	const char *remedy;
};

/* One row, four lines: clang-format would spread the columns over 300 characters. */
/* clang-format off */
static const struct row rows[] = {
	/* Settings first: they are exact, and say so themselves. */
	{ "max-user-namespaces", NAMESPACE_WALLS,
		{ ENOSPC, EUSERS }, userns_none_allowed,
		"user.max_user_namespaces is 0: nobody may make a user namespace",
		"sysctl -w user.max_user_namespaces=10000 (and the same in /etc/sysctl.d/)" },
	{ "unprivileged-userns-clone", NAMESPACE_WALLS,
		{ EPERM }, userns_clone_off,
		"kernel.unprivileged_userns_clone is 0: only root may make a user namespace",
		"sysctl -w kernel.unprivileged_userns_clone=1 (and the same in /etc/sysctl.d/)" },
	{ "kernel-too-old", ALL_WALLS & ~WALL_BIT(WALL_LANDLOCK),
		{ ENOSYS, EINVAL, EOPNOTSUPP }, kernel_old,
		"the kernel is {}, and 5.14 is the oldest that can build the root",
		"boot a newer kernel (Debian 11: apt-get install -t bullseye-backports linux-image-amd64)" },
	{ "no-user-namespaces", NAMESPACE_WALLS,
		{ EINVAL, ENOSYS }, userns_not_built,
		"this kernel was built without user namespaces",
		"boot a kernel that has CONFIG_USER_NS=y" },

	/* Then what stands around this process. A covered /proc comes before the filter: it is there or
	 * not, and a filter that permits all that we ask is a filter too. */
	{ "proc-masked", PROC_WALLS,
		{ EPERM }, proc_masked,
		"an outer container covers parts of /proc ({}), so the kernel lets nobody inside mount a full one",
		"start that container with --security-opt systempaths=unconfined (Podman: unmask=ALL)" },
	/* The filter comes before AppArmor: it is asked
	 * first, at the entry of the call. */
	{ "container-filter", ALL_WALLS,
		{ EPERM, ENOSYS, EACCES }, filtered_in_container,
		"the container around this process has a system call filter that refuses it",
		"start that container with --security-opt seccomp=unconfined, or better with the profile " COFFERDAM_SHARE "/cofferdam-seccomp.json" },
	{ "inherited-filter", ALL_WALLS,
		{ EPERM, ENOSYS, EACCES }, filtered_elsewhere,
		"this process runs under a system call filter that it inherited",
		"run outside of it; in a systemd unit set RestrictNamespaces=no and SystemCallFilter= to permit @mount" },
	{ "chroot", NAMESPACE_WALLS,
		{ EPERM }, in_chroot,
		"this process is in a chroot, where the kernel permits no user namespace",
		"enter it as `unshare --mount` with pivot_root does, or run outside of the chroot" },
	{ "apparmor-restricts-userns", NAMESPACE_WALLS | MOUNT_WALLS,
		{ EPERM, EACCES }, apparmor_restricts,
		"kernel.apparmor_restrict_unprivileged_userns is 1: a user namespace has no capabilities unless a profile grants it",
		"cp " COFFERDAM_SHARE "/cofferdam.apparmor /etc/apparmor.d/cofferdam && apparmor_parser -r /etc/apparmor.d/cofferdam (or: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)" },
	{ "apparmor-confines", NAMESPACE_WALLS | MOUNT_WALLS,
		{ EPERM, EACCES }, apparmor_confines,
		"the AppArmor profile {} confines this process",
		"let that profile permit userns and mount, with flags=(attach_disconnected); for a container: --security-opt apparmor=unconfined" },
	{ "selinux", NAMESPACE_WALLS | MOUNT_WALLS,
		{ EPERM, EACCES }, selinux_enforces,
		"SELinux is enforcing and this process is {}",
		"look for the denial with `ausearch -m avc -ts recent` and permit it, or run in an unconfined domain" },
	{ "other-namespace-none", NAMESPACE_WALLS,
		{ ENOSPC, EUSERS }, other_namespace_none,
		"user.{} is 0",
		"sysctl -w user.{}=10000" },
	{ "userns-used-up", NAMESPACE_WALLS,
		{ ENOSPC, EUSERS }, userns_used_up,
		"no further namespace is permitted: all {} of this user are in use, or 32 are nested",
		"end what holds them (lsns -t user), or raise user.max_user_namespaces" },

	{ "no-subuid", WALL_BIT(WALL_IDS),
		{ 0 }, no_subuid,
		"/etc/subuid has no range of 65535 ids for this user",
		"usermod {}" },
	{ "no-subgid", WALL_BIT(WALL_IDS),
		{ 0 }, no_subgid,
		"/etc/subgid has no range of 65535 ids for this user",
		"usermod {}" },
	{ "no-newuidmap", WALL_BIT(WALL_IDS),
		{ 0 }, newuidmap_missing,
		"/usr/bin/{} is not installed",
		"apt-get install uidmap (Fedora: dnf install shadow-utils)" },
	{ "newuidmap-powerless", WALL_BIT(WALL_IDS),
		{ 0 }, forbidden_privilege,
		"no_new_privs is set here already, so newuidmap has no privilege to map with",
		"start cofferdam from where it is not set (systemd: NoNewPrivileges=no)" },
	{ "newuidmap-refuses", WALL_BIT(WALL_IDS),
		{ 0 }, always,
		"newuidmap or newgidmap refused the range",
		"try `unshare --map-auto --map-current-user true`: it says why; the lines in /etc/subuid and /etc/subgid need 65535 ids each, none of them your own" },

	{ "landlock-kernel", WALL_BIT(WALL_LANDLOCK),
		{ ENOSYS, EOPNOTSUPP }, kernel_before_landlock,
		"the kernel is {}; Landlock came with 5.13",
		"boot a newer kernel" },
	{ "landlock-not-listed", WALL_BIT(WALL_LANDLOCK),
		{ EOPNOTSUPP, ENOSYS }, lsm_without_landlock,
		"Landlock is not among the security modules that were started: {}",
		"add lsm=landlock,{} to the kernel's command line" },
	{ "landlock-off", WALL_BIT(WALL_LANDLOCK),
		{ EOPNOTSUPP }, always,
		"the kernel has Landlock, but it was not started",
		"put landlock first in lsm= on the kernel's command line" },
	{ "landlock-not-built", WALL_BIT(WALL_LANDLOCK),
		{ ENOSYS }, always,
		"this kernel was built without Landlock",
		"boot a kernel that has CONFIG_SECURITY_LANDLOCK=y" },

	{ "cgroup-not-mounted", WALL_BIT(WALL_CGROUP),
		{ 0 }, cgroup_not_mounted,
		"no cgroup hierarchy is mounted here",
		"mount -t cgroup2 none /sys/fs/cgroup" },
	{ "cgroup-read-only", WALL_BIT(WALL_CGROUP),
		{ 0 }, cgroup_read_only,
		"the cgroup hierarchies are mounted read-only here",
		"give the container around this process a writable cgroup (--cgroupns=private with its delegated directory mounted rw)" },
	{ "cgroup-batch-step", WALL_BIT(WALL_CGROUP),
		{ 0 }, in_batch_step,
		"inside Slurm job {} its limits hold, and a scope of the user's would lead out of them",
		"ask Slurm for the limits (sbatch --mem, --cpus-per-task) and accept: --allow-degraded cgroup" },
	{ "cgroup-v1-not-ours", WALL_BIT(WALL_CGROUP),
		{ 0 }, cgroup_v1_not_ours,
		"this host limits by cgroup v1, and groups with memory and pids are not this user's",
		"start cofferdam by root (`sudo cofferdam …`): it prepares groups for the user and gives root up" },
	{ "cgroup-in-service", WALL_BIT(WALL_CGROUP),
		{ 0 }, in_system_service,
		"this process is part of {}, which does not delegate its cgroup",
		"systemctl edit {}: [Service] Delegate=yes, and cofferdam its only process or DelegateSubgroup= (systemd 254)" },
	{ "no-user-bus", WALL_BIT(WALL_CGROUP),
		{ 0 }, user_bus_missing,
		"this user has no systemd of its own that could give a scope, or it has no bus",
		"apt-get install dbus-user-session, loginctl enable-linger, and log in again" },
	{ "cgroup-not-delegated", WALL_BIT(WALL_CGROUP),
		{ 0 }, systemd_without_delegation,
		"the cgroup of this process is not delegated to this user",
		"systemd-run --user --scope -p Delegate=yes cofferdam …" },
	{ "cgroup-not-ours", WALL_BIT(WALL_CGROUP),
		{ 0 }, always,
		"the cgroup of this process does not belong to this user",
		"start cofferdam by root (`sudo cofferdam …`): it prepares a group for the user and gives root up" },

	{ "no-devpts", WALL_BIT(WALL_TTY),
		{ ENODEV }, devpts_missing,
		"this kernel has no devpts file system",
		"boot a kernel that has CONFIG_UNIX98_PTYS=y" },
};
/* clang-format on */

static bool row_fits(const struct row *row, enum wall wall, int errnum)
{
	if ((row->walls & WALL_BIT(wall)) == 0)
		return false;
	if (row->errnums[0] == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(row->errnums); i++)
		if (row->errnums[i] != 0 && row->errnums[i] == errnum)
			return true;
	return false;
}

/* Copy pattern with "{}" replaced by word. */
static void expand(const char *pattern, const char *word, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	while (*pattern != '\0' && used + 1 < size) {
		const char *hole = strstr(pattern, "{}");
		int n = hole == NULL ? snprintf(ret + used, size - used, "%s", pattern)
				     : snprintf(ret + used, size - used, "%.*s%s",
					       (int)(hole - pattern), pattern, word);

		if (hole == NULL || n < 0)
			break;
		used += (size_t)n;
		pattern = hole + 2;
	}
	failure_sanitize(ret);
}

bool cause_find(enum wall wall, int errnum, const char *root, struct cause_found *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char specific[SPECIFIC_SIZE] = "";

		if (!row_fits(&rows[i], wall, errnum) || !rows[i].check(root, specific))
			continue;
		ret->name = rows[i].name;
		expand(rows[i].text, specific, ret->text, sizeof(ret->text));
		expand(rows[i].remedy, specific, ret->remedy, sizeof(ret->remedy));
		return true;
	}
	*ret = (struct cause_found){ .name = NULL };
	return false;
}

const char *cause_row(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].name : NULL;
}
