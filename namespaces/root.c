/* The root of the builder. Every row of the tables below is one thing that it sees
 * of the host or of cofferdam; what has no row is not there. */
#include "namespaces/root.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#define ROOT_BYTES  (4 * 1024 * 1024) /* cofferdam's own few files and directories */
#define ROOT_INODES 4096

/* Directories of the new root, parents first. */
static const char *const directories[] = { "app", "dev", "dev/pts", "dev/shm", "etc", "etc/ssl",
	"home", "home/builder", "proc", "run", "tmp", "usr", "var", "var/tmp" };

/* Below the root, what a system has as links into /usr or as directories. */
static const char *const toolchain[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

enum etc_kind { ETC_HOST, ETC_TEXT };
static const struct etc_row {
	const char *name;
	enum etc_kind kind;
	const char *text, *text_root_inside; /* ETC_TEXT */
	const char *reason;
} etc_rows[] = {
	{ "ld.so.cache", ETC_HOST, NULL, NULL, "the dynamic linker's index of /usr" },
	{ "ld.so.conf", ETC_HOST, NULL, NULL, "the linker's search path" },
	{ "ld.so.conf.d", ETC_HOST, NULL, NULL, "the linker's search path" },
	{ "alternatives", ETC_HOST, NULL, NULL, "links in /usr/bin lead through it" },
	{ "ssl/certs", ETC_HOST, NULL, NULL, "public certificates" },
	{ "ssl/openssl.cnf", ETC_HOST, NULL, NULL, "OpenSSL refuses to start without it" },
	{ "pki", ETC_HOST, NULL, NULL, "public certificates on Fedora" },
	{ "crypto-policies", ETC_HOST, NULL, NULL, "Fedora's TLS libraries read it" },
	{ "java-8-openjdk", ETC_HOST, NULL, NULL, "links of the JDK lead into it" },
	{ "java-11-openjdk", ETC_HOST, NULL, NULL, "links of the JDK lead into it" },
	{ "java-17-openjdk", ETC_HOST, NULL, NULL, "links of the JDK lead into it" },
	{ "java-21-openjdk", ETC_HOST, NULL, NULL, "links of the JDK lead into it" },
	{ "java-25-openjdk", ETC_HOST, NULL, NULL, "links of the JDK lead into it" },
	{ "maven", ETC_HOST, NULL, NULL, "links of /usr/share/maven lead into it" },
	{ "fonts", ETC_HOST, NULL, NULL, "documentation builds draw text" },
	{ "protocols", ETC_HOST, NULL, NULL, "a public table" },
	{ "services", ETC_HOST, NULL, NULL, "a public table" },
	{ "debian_version", ETC_HOST, NULL, NULL, "what the toolchain is" },
	{ "passwd", ETC_TEXT,
		"root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
		"builder:x:1000:1000:builder:/home/builder:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"root:x:0:0:builder:/home/builder:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"the ids inside; none of the host's names" },
	{ "group", ETC_TEXT, "root:x:0:\nbuilder:x:1000:\nnogroup:x:65534:\n",
		"root:x:0:\nnogroup:x:65534:\n", "the ids inside; none of the host's names" },
	{ "nsswitch.conf", ETC_TEXT,
		"passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
		NULL, "no lookups through the host's services" },
	{ "hosts", ETC_TEXT, "127.0.0.1 localhost cofferdam\n::1 localhost cofferdam\n", NULL,
		"none of the host's names" },
	{ "hostname", ETC_TEXT, "cofferdam\n", NULL, "not the host's name" },
	{ "resolv.conf", ETC_TEXT, "# no network, no name server\n", NULL,
		"not the host's name servers" },
};

/* Directories of the one tmpfs that counts against --app-size and --app-inodes. */
static const struct work_row {
	const char *name, *path;
	mode_t mode;
	const char *reason;
} work_rows[] = {
	{ "app", "app", 0755, "the clone and the build" },
	{ "tmp", "tmp", 01777, "temporary files" },
	{ "vtmp", "var/tmp", 01777, "temporary files" },
	{ "home", "home/builder", 0700, "caches and settings that tools write" },
	{ "shm", "dev/shm", 01777, "shm_open(3)" },
};

static const struct device_row {
	const char *name;
	unsigned major, minor;
	const char *reason;
} device_rows[] = {
	/* null first: covers in /proc are clones of it */
	{ "null", 1, 3, "every build writes to it" },
	{ "zero", 1, 5, "dd, and old allocators" },
	{ "full", 1, 7, "tests of a full disk" },
	{ "random", 1, 8, "cryptography" },
	{ "urandom", 1, 9, "cryptography" },
	{ "tty", 5, 0, "the controlling terminal, if there is one: the sandbox's own" },
};

static const struct link_row {
	const char *path, *target;
} link_rows[] = {
	{ "dev/fd", "/proc/self/fd" },
	{ "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" },
	{ "dev/stderr", "/proc/self/fd/2" },
	{ "dev/ptmx", "pts/ptmx" },
	{ "var/run", "/run" },
	{ "etc/os-release", "../usr/lib/os-release" },
	{ "etc/mtab", "/proc/self/mounts" },
};

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

/* ---- the steps ---- */

int root_create(struct root *root, struct failure *f)
{
	root->root_fd = mount_new_tmpfs(
		ROOT_BYTES, ROOT_INODES, "755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);
	if (root->root_fd < 0)
		return -1;
	/* On top of the old root: our own root stays the old one until mount_enter(). */
	if (mount_attach(root->root_fd, AT_FDCWD, "/") < 0)
		return fail(f, errno, "attach the new root");
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdirat(root->root_fd, directories[i], 0755) < 0)
			return fail(f, errno, "make the directory /%s", directories[i]);
	for (size_t i = 0; i < ARRAY_LEN(link_rows); i++)
		if (symlinkat(link_rows[i].target, root->root_fd, link_rows[i].path) < 0)
			return fail(f, errno, "make the link /%s", link_rows[i].path);
	return 0;
}

static int toolchain_directory(const struct root *root, const char *name, struct failure *f)
{
	char path[32];
	own_fd int source = -1, tree = -1;

	snprintf(path, sizeof(path), "/%s", name);
	source = host_path_open_system(path, O_PATH);
	if (source < 0)
		return fail(f, errno, "open the host's %s", path);
	tree = mount_clone_read_only(source, f);
	if (tree < 0)
		return -1;
	if (mount_attach(tree, root->root_fd, name) < 0)
		return fail(f, errno, "bind the host's %s", path);
	return 0;
}

int root_toolchain(const struct root *root, struct failure *f)
{
	if (toolchain_directory(root, "usr", f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(toolchain); i++) {
		char path[16], target[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/%s", toolchain[i]);
		n = readlink(path, target, sizeof(target) - 1);
		if (n >= 0) {
			target[n] = '\0';
			if (symlinkat(target, root->root_fd, toolchain[i]) < 0)
				return fail(f, errno, "make the link %s", path);
		} else if (errno == EINVAL) { /* a directory of its own */
			if (mkdirat(root->root_fd, toolchain[i], 0755) < 0)
				return fail(f, errno, "make the directory %s", path);
			if (toolchain_directory(root, toolchain[i], f) < 0)
				return -1;
		} else if (errno != ENOENT) {
			return fail(f, errno, "look at the host's %s", path);
		}
	}
	return 0;
}

static int etc_text(
	const struct root *root, const struct etc_row *row, bool root_inside, struct failure *f)
{
	const char *text = root_inside && row->text_root_inside ? row->text_root_inside : row->text;
	char path[64];
	own_fd int fd = -1;

	snprintf(path, sizeof(path), "etc/%s", row->name);
	fd = openat(root->root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return fail(f, errno, "write /%s", path);
	return 0;
}

/* Small files are copied: a mount costs several times as much, at its end once more. */
#define ETC_COPY_BYTES (64 * 1024)

static int etc_copy(
	const struct root *root, int source, const char *path, off_t size, struct failure *f)
{
	own_fd int fd = openat(root->root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail(f, errno, "make /%s", path);
	while (size > 0) {
		ssize_t n = sendfile(fd, source, NULL, (size_t)size);

		if (n < 0)
			return fail(f, errno, "copy the host's /%s", path);
		if (n == 0)
			return fail(f, 0, "the host's /%s changed while it was copied", path);
		size -= n;
	}
	return 0;
}

/* A host's entry that does not exist, or that we may not read, is no entry:
 * distributions differ. */
static int etc_host(const struct root *root, const struct etc_row *row, struct failure *f)
{
	char path[64];
	own_fd int source = -1, tree = -1;
	struct stat st;

	snprintf(path, sizeof(path), "/etc/%s", row->name);
	source = host_path_open_system(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (source < 0 && (errno == ENOENT || errno == ELOOP || errno == EACCES))
		return 0;
	if (source < 0 || fstat(source, &st) < 0)
		return fail(f, errno, "open the host's %s", path);
	if (S_ISREG(st.st_mode) && st.st_size <= ETC_COPY_BYTES)
		return etc_copy(root, source, path + 1, st.st_size, f);
	if ((S_ISDIR(st.st_mode) ? mkdirat(root->root_fd, path + 1, 0755)
				 : mount_target_make(root->root_fd, path + 1)) < 0)
		return fail(f, errno, "make %s", path);
	tree = mount_clone_read_only(source, f);
	if (tree < 0)
		return -1;
	if (mount_attach(tree, root->root_fd, path + 1) < 0)
		return fail(f, errno, "bind the host's %s", path);
	return 0;
}

int root_etc(const struct root *root, const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(etc_rows); i++) {
		const struct etc_row *row = &etc_rows[i];

		if ((row->kind == ETC_TEXT ? etc_text(root, row, plan->root_inside, f)
					   : etc_host(root, row, f)) < 0)
			return -1;
	}
	return 0;
}

static int canary_make(int work_fd, const struct user_ids *ids)
{
	own_fd int fd = openat(work_fd, "canary", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

	return fd < 0 ? -1 : fchown(fd, ids->builder_uid, ids->builder_gid);
}

int root_work(struct root *root, const struct root_plan *plan, const struct user_ids *ids,
	struct failure *f)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	root->work_fd = mount_new_tmpfs(plan->bytes, plan->inodes, "711", attributes, f);
	if (root->work_fd < 0)
		return -1;
	/* Landlock's proof: nothing that the builder sees, no rule covers it. */
	if (canary_make(root->work_fd, ids) < 0)
		return fail(f, errno, "make the canary");
	/* Its own root is attached so that its parts can be cloned (before 6.15 only attached
	 * mounts can), and ends up hidden beneath /app: unmounting it would cost an RCU grace
	 * period, and nobody inside may unmount. */
	if (mount_attach(root->work_fd, root->root_fd, "app") < 0)
		return fail(f, errno, "attach the tmpfs for /app");
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++) {
		const struct work_row *row = &work_rows[i];

		if (mkdirat(root->work_fd, row->name, 0700) < 0 ||
			fchownat(root->work_fd, row->name, ids->builder_uid, ids->builder_gid,
				AT_SYMLINK_NOFOLLOW) < 0 ||
			fchmodat(root->work_fd, row->name, row->mode, 0) < 0)
			return fail(f, errno, "make /%s", row->path);
	}
	for (size_t i = ARRAY_LEN(work_rows); i-- > 0;) { /* "app" last: it hides the root */
		own_fd int tree = mount_clone(root->work_fd, work_rows[i].name, 0, attributes);

		if (tree < 0)
			return fail(f, errno, "clone /%s", work_rows[i].path);
		if (mount_attach(tree, root->root_fd, work_rows[i].path) < 0)
			return fail(f, errno, "attach /%s", work_rows[i].path);
	}
	return 0;
}

static int device_bind(struct root *root, const struct device_row *row, struct failure *f)
{
	char path[32];
	own_fd int source = -1, tree = -1;
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", row->name);
	source = host_path_open_system(path, O_PATH);
	if (source < 0 || fstat(source, &st) < 0)
		return fail(f, errno, "open the host's %s", path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(row->major, row->minor))
		return fail(f, 0, "the host's %s is not the character device %u:%u", path,
			row->major, row->minor);
	tree = mount_clone(source, "", 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (tree < 0 || mount_target_make(root->root_fd, path + 1) < 0 ||
		mount_attach(tree, root->root_fd, path + 1) < 0)
		return fail(f, errno, "bind the host's %s", path);
	if (row == &device_rows[0])
		root->null_fd = own_fd_give(&tree);
	return 0;
}

int root_devices(struct root *root, const struct user_ids *ids, struct failure *f)
{
	char gid[16];
	struct mount_setting settings[] = { { "ptmxmode", "666" }, { "mode", "620" },
		{ "gid", gid } };
	own_fd int pts = -1;

	snprintf(gid, sizeof(gid), "%u", ids->builder_gid);
	for (size_t i = 0; i < ARRAY_LEN(device_rows); i++)
		if (device_bind(root, &device_rows[i], f) < 0)
			return -1;
	pts = mount_new(
		"devpts", settings, ARRAY_LEN(settings), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, f);
	if (pts < 0)
		return -1;
	if (mount_attach(pts, root->root_fd, "dev/pts") < 0)
		return fail(f, errno, "attach /dev/pts");
	return 0;
}

static int proc_cover(const struct root *root, int proc, const struct proc_row *row, int empty_fd,
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

int root_proc(const struct root *root, const struct root_plan *plan, struct failure *f)
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
	if (!plan->allow_userns && forbid_namespaces(proc, "sys/user/max_user_namespaces", f) < 0)
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
		if (proc_cover(root, proc, &proc_rows[i], empty, f) < 0)
			return -1;
	if (unlinkat(root->root_fd, "run/empty", AT_REMOVEDIR) < 0)
		return fail(f, errno, "remove the empty directory");
	return 0;
}

/* Make what the destination needs: directories, at the end a directory or a file.
 * The tree holds nothing of a stranger yet. */
static int destination_make(int root_fd, const char *destination, bool directory)
{
	own_mem char *path = strdup(destination);

	if (path == NULL)
		return -1;
	for (char *slash = path; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		if (mkdirat(root_fd, path, 0755) < 0 && errno != EEXIST)
			return -1;
	}
	if (!directory)
		return mount_target_make(root_fd, path) < 0 && errno != EEXIST ? -1 : 0;
	return mkdirat(root_fd, path, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

int root_binds(const struct root *root, const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < plan->binds_n; i++) {
		const struct root_bind *bind = &plan->binds[i];
		own_fd int source = host_path_reopen(&bind->source, f);
		own_fd int tree = -1;

		if (source < 0)
			return -1;
		tree = mount_clone_read_only(source, f);
		if (tree < 0)
			return -1;
		if (destination_make(root->root_fd, bind->destination, S_ISDIR(bind->source.mode)) <
				0 ||
			mount_attach(tree, root->root_fd, bind->destination) < 0)
			return fail(
				f, errno, "bind %s at /%s", bind->source.path, bind->destination);
	}
	return 0;
}

int root_shrink(const struct root *root, uint64_t bytes, uint64_t inodes, struct failure *f)
{
	if (mount_resize_tmpfs(root->work_fd, bytes, inodes) == 0)
		return 0;
	fail(f, errno, "shrink the work space to %llu bytes and %llu inodes",
		(unsigned long long)bytes, (unsigned long long)inodes);
	return fail_remedy(f, "the clone alone may need more than the repository asks for");
}

int root_seal(const struct root *root, struct failure *f)
{
	if (mount_restrict(root->root_fd, 0, MOUNT_ATTR_RDONLY) < 0)
		return fail(f, errno, "make the root read-only");
	return 0;
}

int root_prove(struct failure *f)
{
	static const char *const read_only[] = { "/", "/usr", "/etc", "/proc/sys" };
	struct stat inside, null;
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_LEN(read_only); i++) {
		if (statfs(read_only[i], &fs) < 0)
			return fail(f, errno, "look at %s", read_only[i]);
		if ((fs.f_flags & ST_RDONLY) == 0)
			return fail(f, 0, "%s is not read-only", read_only[i]);
	}
	if (statfs("/", &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return fail(f, 0, "the root is not the sandbox's own tmpfs");
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

int root_destination_allow(const char *destination, struct failure *f)
{
	static const struct {
		const char *path;
		const char *reason;
	} taken[] = {
		{ "/app", "the clone goes there" },
		{ "/usr", "the toolchain is there" },
		{ "/etc", "cofferdam writes it anew" },
		{ "/proc", "it is the sandbox's own" },
		{ "/dev", "it is the sandbox's own" },
		{ "/run", "cofferdam's sockets go there" },
		{ "/bin", "the toolchain is there" },
		{ "/sbin", "the toolchain is there" },
		{ "/lib", "the toolchain is there" },
		{ "/lib32", "the toolchain is there" },
		{ "/lib64", "the toolchain is there" },
		{ "/libx32", "the toolchain is there" },
		{ "/var/run", "cofferdam's sockets go there" },
		{ "/sys", "builds have no /sys" },
	};
	static const char *const whole[] = { "/", "/tmp", "/var", "/var/tmp", "/home",
		"/home/builder" };

	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		size_t n = strlen(taken[i].path);

		if (strncmp(destination, taken[i].path, n) == 0 &&
			(destination[n] == '\0' || destination[n] == '/')) {
			fail(f, 0, "--ro-bind to %s: %s", destination, taken[i].reason);
			return fail_remedy(f, "choose another place, such as /opt/NAME");
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (strcmp(destination, whole[i]) == 0) {
			fail(f, 0, "--ro-bind to %s would hide all of it", destination);
			return fail_remedy(f, "choose a place beneath it, or /opt/NAME");
		}
	return 0;
}

/* One row, with its path and its description put together. */
static void describe(root_row_fn row, void *data, const char *directory, const char *name,
	const char *what, const char *reason)
{
	char path[512], text[512];

	snprintf(path, sizeof(path), "%s%s", directory, name);
	snprintf(text, sizeof(text), "%s: %s", what, reason);
	row(data, path, text);
}

void root_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	static const char *const proc_what[] = {
		[PROC_READ_ONLY] = "read-only",
		[PROC_COVER_FILE] = "covered",
		[PROC_COVER_DIRECTORY] = "covered",
	};

	row(data, "/", "tmpfs, read-only once built");
	row(data, "/usr", "the host's, read-only, nosuid, nodev: the toolchain");
	for (size_t i = 0; i < ARRAY_LEN(toolchain); i++)
		describe(
			row, data, "/", toolchain[i], "as the host has it", "a link, or read-only");
	for (size_t i = 0; i < ARRAY_LEN(etc_rows); i++)
		describe(row, data, "/etc/", etc_rows[i].name,
			etc_rows[i].kind == ETC_HOST ? "the host's, bound read-only or copied"
						     : "written anew",
			etc_rows[i].reason);
	for (size_t i = 0; i < ARRAY_LEN(link_rows); i++)
		describe(row, data, "/", link_rows[i].path, "a link", link_rows[i].target);
	for (size_t i = 0; i < ARRAY_LEN(work_rows); i++)
		describe(row, data, "/", work_rows[i].path, "tmpfs, writable, one budget",
			work_rows[i].reason);
	for (size_t i = 0; i < ARRAY_LEN(device_rows); i++)
		describe(row, data, "/dev/", device_rows[i].name, "device", device_rows[i].reason);
	row(data, "/dev/pts", "devpts of its own");
	row(data, "/proc", "a new instance, hidepid=invisible");
	for (size_t i = 0; i < ARRAY_LEN(proc_rows); i++)
		describe(row, data, "/proc/", proc_rows[i].name, proc_what[proc_rows[i].kind],
			proc_rows[i].reason);
	for (size_t i = 0; i < plan->binds_n; i++)
		describe(row, data, "/", plan->binds[i].destination, plan->binds[i].source.path,
			"read-only (--ro-bind)");
}
