#include "namespaces/root_proc.h"

#include "namespaces/mount.h"
#include "namespaces/root_figures.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Made up: the processors that we may use, and none of what the host does with them. Old
 * versions of glibc count the lines; libuv and others want to see numbers. */
static int stat_write(int fd, int proc)
{
	cpu_set_t processors;

	(void)proc;
	root_figures_processors(&processors);
	return root_figures_stat(fd, &processors);
}

/* Another one for each run, of the form that the host's has. */
static int boot_id_write(int fd, int proc)
{
	own_fd int source = openat(proc, "sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);
	char id[64];
	ssize_t n = source < 0 ? -1 : read(source, id, sizeof(id));

	return n > 0 && write(fd, id, (size_t)n) == n ? 0 : -1;
}

/* What everybody may open, or was named in an advisory. What only the host's root may
 * open (kmsg, kpagecount, slabinfo, vmallocinfo, …) needs no cover: the host's root is
 * nobody inside. */
enum proc_kind { PROC_READ_ONLY, PROC_COVER_FILE, PROC_COVER_DIRECTORY, PROC_TEXT };
static const struct proc_row {
	const char *name;
	enum proc_kind kind;
	const char *reason;
	int (*text)(int fd, int proc); /* PROC_TEXT: what is there instead */
} proc_rows[] = {
	{ "sys", PROC_READ_ONLY, "kernel settings", NULL },
	{ "acpi", PROC_COVER_DIRECTORY, "hardware", NULL },
	{ "bus", PROC_COVER_DIRECTORY, "hardware", NULL },
	{ "driver", PROC_COVER_DIRECTORY, "hardware", NULL },
	{ "fs", PROC_COVER_DIRECTORY, "the host's file systems and their options", NULL },
	{ "irq", PROC_COVER_DIRECTORY, "hardware, and counts as in interrupts", NULL },
	{ "scsi", PROC_COVER_DIRECTORY, "hardware; writing removes disks", NULL },
	{ "kcore", PROC_COVER_FILE, "the kernel's memory", NULL },
	{ "kallsyms", PROC_COVER_FILE, "the kernel's addresses", NULL },
	{ "config.gz", PROC_COVER_FILE, "which code of the kernel is there to be attacked", NULL },
	{ "keys", PROC_COVER_FILE, "keyrings have no namespace", NULL },
	{ "key-users", PROC_COVER_FILE, "keyrings have no namespace", NULL },
	{ "locks", PROC_COVER_FILE, "which files of the host are locked", NULL },
	{ "modules", PROC_COVER_FILE, "which kernel bugs are loaded", NULL },
	{ "sched_debug", PROC_COVER_FILE, "the host's processes", NULL },
	{ "timer_list", PROC_COVER_FILE, "the host's processes, kernel addresses", NULL },
	{ "sysrq-trigger", PROC_COVER_FILE, "reboots the host", NULL },
	{ "interrupts", PROC_COVER_FILE, "keystroke and network timing", NULL },
	{ "softirqs", PROC_COVER_FILE, "network and disk timing", NULL },
	{ "stat", PROC_TEXT, "counts as in interrupts", stat_write },
	{ "diskstats", PROC_COVER_FILE, "what the host reads and writes, and when", NULL },
	{ "partitions", PROC_COVER_FILE, "the host's disks", NULL },
	{ "swaps", PROC_COVER_FILE, "the host's swap files", NULL },
	{ "iomem", PROC_COVER_FILE, "hardware", NULL },
	{ "ioports", PROC_COVER_FILE, "hardware", NULL },
	{ "cmdline", PROC_COVER_FILE, "the host's boot parameters may hold secrets", NULL },
	{ "sys/kernel/random/boot_id", PROC_TEXT, "tells which host, and which start of it",
		boot_id_write },
};

/* Where a made up file lies until it is attached. */
#define TEXT "run/text"

static int text_make(const struct root *root, int proc, const struct proc_row *row)
{
	own_fd int fd = openat(root->root_fd, TEXT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0 || row->text(fd, proc) < 0)
		return -1;
	return mount_clone(root->root_fd, TEXT, 0,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int cover_make(const struct root *root, int proc, const struct proc_row *row, int empty_fd)
{
	switch (row->kind) {
	case PROC_READ_ONLY:
		return mount_clone(proc, row->name, 0, MOUNT_ATTR_RDONLY);
	case PROC_COVER_DIRECTORY:
		return mount_clone(empty_fd, "", 0, MOUNT_ATTR_RDONLY);
	case PROC_TEXT:
		return text_make(root, proc, row);
	case PROC_COVER_FILE: /* has its attributes already, read-only among them */
		break;
	}
	return open_tree(root->null_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}

static int cover(const struct root *root, int proc, const struct proc_row *row, int empty_fd,
	struct failure *f)
{
	own_fd int tree = -1;
	struct stat st;

	if (fstatat(proc, row->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(f, errno, "look at /proc/%s", row->name);
	tree = cover_make(root, proc, row, empty_fd);
	if (tree < 0 || mount_attach(tree, proc, row->name) < 0)
		return fail(f, errno, "cover /proc/%s", row->name);
	/* Only now: what has no name cannot be attached. */
	if (row->kind == PROC_TEXT && unlinkat(root->root_fd, TEXT, 0) < 0)
		return fail(f, errno, "remove /" TEXT);
	return 0;
}

/* How many namespaces may be made below the sandbox's own. Written through our own, new
 * procfs, before anything untrusted exists. */
static int forbid_namespaces(int proc, const char *setting, struct failure *f)
{
	own_fd int fd = openat(proc, setting, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, "0", 1) != 1)
		return fail(f, errno, "write 0 to /proc/%s inside", setting);
	return 0;
}

/* Invisible is who has another id, but to the keeper: it names the programs that were refused
 * something. Where the builder has the keeper's group it has its id as well. */
static int proc_make(const struct user_ids *ids, struct failure *f)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	char group[16];
	const struct mount_setting settings[] = { { "hidepid", "invisible" }, { "gid", group } };

	snprintf(group, sizeof(group), "%u", ids->keeper_gid);
	return mount_new(
		"proc", settings, ids->keeper_gid != ids->builder_gid ? 2 : 1, attributes, f);
}

/* With one id and no power left the keeper is to /proc what the builder is: whoever cannot be looked
 * into is not there. Who runs in a pause it has to see all the same (keeper/pause.h). It lies in the
 * old root and goes with that: to let go of it alone is a wait of its own for the whole kernel
 * (synchronize_rcu_expedited() in namespace_unlock()). */
static int open_sight(struct root *root, struct failure *f)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	own_fd int proc = mount_new("proc", NULL, 0, attributes, f);

	if (proc < 0)
		return -1;
	if (mount_attach(proc, AT_FDCWD, "/proc") < 0)
		return fail(f, errno, "attach the keeper's own /proc");
	root->sight_fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root->sight_fd < 0 ? fail(f, errno, "open the keeper's own /proc") : 0;
}

int root_proc_mount(
	struct root *root, const struct user_ids *ids, bool allow_userns, struct failure *f)
{
	own_fd int proc = proc_make(ids, f);
	own_fd int empty = -1;
	struct statfs fs;

	if (proc < 0) {
		if (f->errnum == EPERM)
			fail_remedy(f, "an outer container masks /proc: unmask it (Docker: "
				       "--security-opt systempaths=unconfined)");
		return -1;
	}
	if (fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return fail(f, 0, "the new /proc is not a procfs");
	if (mount_attach(proc, root->root_fd, "proc") < 0)
		return fail(f, errno, "attach /proc");
	if (!allow_userns && forbid_namespaces(proc, "sys/user/max_user_namespaces", f) < 0)
		return -1;
	/* Who makes one and may mount sees its group as a root, and writes its limits. */
	if (forbid_namespaces(proc, "sys/user/max_cgroup_namespaces", f) < 0)
		return -1;
	root->sys_fd = openat(proc, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	root->proc_fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->sys_fd < 0 || root->proc_fd < 0)
		return fail(f, errno, "open /proc and /proc/sys inside");
	if (open_sight(root, f) < 0)
		return -1;
	/* Empty for good: nobody can make anything in a directory that was removed. */
	if (mkdirat(root->root_fd, "run/empty", 0555) < 0)
		return fail(f, errno, "make an empty directory");
	empty = openat(root->root_fd, "run/empty", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (empty < 0)
		return fail(f, errno, "open the empty directory");
	for (size_t i = 0; i < ARRAY_LEN(proc_rows); i++)
		if (cover(root, proc, &proc_rows[i], empty, f) < 0)
			return -1;
	if (unlinkat(root->root_fd, "run/empty", AT_REMOVEDIR) < 0)
		return fail(f, errno, "remove the empty directory");
	return 0;
}

static int cover_prove(const struct proc_row *row, dev_t null, struct failure *f)
{
	char path[48];
	struct stat inside;
	struct statfs fs;

	snprintf(path, sizeof(path), "/proc/%s", row->name);
	if (stat(path, &inside) < 0) /* this kernel has no such file */
		return 0;
	if (statfs(path, &fs) < 0)
		return fail(f, errno, "look at %s", path);
	if ((fs.f_flags & ST_RDONLY) == 0)
		return fail(f, 0, "%s is not read-only", path);
	if (row->kind == PROC_COVER_FILE && (!S_ISCHR(inside.st_mode) || inside.st_rdev != null))
		return fail(f, 0, "%s is not covered", path);
	if (row->kind == PROC_TEXT && fs.f_type != TMPFS_MAGIC)
		return fail(f, 0, "%s is the kernel's own", path);
	return 0;
}

int root_proc_prove(struct failure *f)
{
	const dev_t null = makedev(1, 3);
	struct stat st;

	/* runc's CVE-2025-31133: a cover made from something that was not null. */
	if (stat("/dev/null", &st) < 0 || st.st_rdev != null)
		return fail(f, 0, "/dev/null is not the null device");
	for (size_t i = 0; i < ARRAY_LEN(proc_rows); i++)
		if (cover_prove(&proc_rows[i], null, f) < 0)
			return -1;
	return 0;
}

void root_proc_each(root_row_fn row, void *data)
{
	static const char *const what[] = {
		[PROC_READ_ONLY] = "read-only",
		[PROC_COVER_FILE] = "covered",
		[PROC_COVER_DIRECTORY] = "covered",
		[PROC_TEXT] = "made up",
	};

	row(data, "/proc", "a new instance, hidepid=invisible");
	for (size_t i = 0; i < ARRAY_LEN(proc_rows); i++)
		root_row_say(row, data, "/proc/", proc_rows[i].name, what[proc_rows[i].kind],
			proc_rows[i].reason);
}
