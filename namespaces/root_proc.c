#include "namespaces/root_proc.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What everybody may open, or was named in an advisory. What only the host's root may
 * open (kmsg, kpagecount, slabinfo, vmallocinfo, …; bus, fs and irq to write to) needs no cover: the host's root
 * is nobody inside. */
enum proc_kind { PROC_READ_ONLY, PROC_COVER_FILE, PROC_COVER_DIRECTORY };
static const struct proc_row {
	const char *name;
	enum proc_kind kind;
	const char *reason;
} proc_rows[] = {
	{ "sys", PROC_READ_ONLY, "kernel settings" },
	{ "acpi", PROC_COVER_DIRECTORY, "hardware" },
	{ "scsi", PROC_COVER_DIRECTORY, "hardware; writing removes disks" },
	{ "kcore", PROC_COVER_FILE, "the kernel's memory" },
	{ "kallsyms", PROC_COVER_FILE, "the kernel's addresses" },
	{ "keys", PROC_COVER_FILE, "keyrings have no namespace" },
	{ "key-users", PROC_COVER_FILE, "keyrings have no namespace" },
	{ "modules", PROC_COVER_FILE, "which kernel bugs are loaded" },
	{ "sched_debug", PROC_COVER_FILE, "the host's processes" },
	{ "timer_list", PROC_COVER_FILE, "the host's processes, kernel addresses" },
	{ "sysrq-trigger", PROC_COVER_FILE, "reboots the host" },
	{ "interrupts", PROC_COVER_FILE, "keystroke and network timing" },
	{ "cmdline", PROC_COVER_FILE, "the host's boot parameters may hold secrets" },
};

static int cover(const struct root *root, int proc, const struct proc_row *row, int empty_fd,
	struct failure *f)
{
	int source = row->kind == PROC_COVER_FILE ? root->null_fd : empty_fd;
	own_fd int tree = -1;
	struct stat st;

	if (fstatat(proc, row->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(f, errno, "look at /proc/%s", row->name);
	if (row->kind == PROC_READ_ONLY)
		tree = mount_clone(proc, row->name, 0, MOUNT_ATTR_RDONLY);
	else if (row->kind == PROC_COVER_DIRECTORY)
		tree = mount_clone(source, "", 0, MOUNT_ATTR_RDONLY);
	else /* a clone of what has its attributes already; a device is not written to by them */
		tree = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0 || mount_attach(tree, proc, row->name) < 0)
		return fail(f, errno, "cover /proc/%s", row->name);
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

int root_proc_mount(const struct root *root, bool allow_userns, struct failure *f)
{
	struct mount_setting settings[] = { { "hidepid", "invisible" } };
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	own_fd int proc = mount_new("proc", settings, ARRAY_LEN(settings), attributes, f);
	own_fd int empty = -1;
	struct statfs fs;

	if (proc < 0) {
		if (f->errnum == EPERM)
			fail_remedy(f, "an outer container masks /proc: unmask it (Docker: "
				       "--security-opt systempaths=unconfined)");
		return -1;
	}
	if (fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return fail(f, 0, "the new /proc is no procfs");
	if (mount_attach(proc, root->root_fd, "proc") < 0)
		return fail(f, errno, "attach /proc");
	if (!allow_userns && forbid_namespaces(proc, "sys/user/max_user_namespaces", f) < 0)
		return -1;
	/* Who makes one and may mount sees its group as a root, and writes its limits. */
	if (forbid_namespaces(proc, "sys/user/max_cgroup_namespaces", f) < 0)
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

int root_proc_prove(struct failure *f)
{
	struct stat inside, null;

	/* runc's CVE-2025-31133: a cover made from something that was not null. */
	if (stat("/dev/null", &null) < 0 || null.st_rdev != makedev(1, 3))
		return fail(f, 0, "/dev/null is not the null device");
	for (size_t i = 0; i < ARRAY_LEN(proc_rows); i++) {
		char path[48];

		snprintf(path, sizeof(path), "/proc/%s", proc_rows[i].name);
		if (proc_rows[i].kind == PROC_COVER_FILE && stat(path, &inside) == 0 &&
			(!S_ISCHR(inside.st_mode) || inside.st_rdev != null.st_rdev))
			return fail(f, 0, "%s is not covered", path);
	}
	return 0;
}

void root_proc_each(root_row_fn row, void *data)
{
	static const char *const what[] = {
		[PROC_READ_ONLY] = "read-only",
		[PROC_COVER_FILE] = "covered",
		[PROC_COVER_DIRECTORY] = "covered",
	};

	row(data, "/proc", "a new instance, hidepid=invisible");
	for (size_t i = 0; i < ARRAY_LEN(proc_rows); i++)
		root_row_say(row, data, "/proc/", proc_rows[i].name, what[proc_rows[i].kind],
			proc_rows[i].reason);
}
